// The errors and reports of the functions here come with them.
@_exported import MartinetFiles
