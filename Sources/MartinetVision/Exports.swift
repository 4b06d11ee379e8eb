// What the functions here throw and report comes with them.
@_exported import MartinetFiles
