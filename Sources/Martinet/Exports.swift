// `import Martinet` is enough: what a user needs of the core comes with it.
@_exported import MartinetCore
