/// The notice of a program that was built without optimisation.
package let debugBuildNotice = "martinet: a debug build, about six times as slow; build with -c release"

/// Says once in a process, on standard error, that this is a debug build. Says nothing in a release build.
package func noteDebugBuild() {
    #if DEBUG
    _ = noted
    #endif
}

#if DEBUG
/// Being a global constant, it is made once, when it is first asked for.
private let noted: Void = writeToStandardError(debugBuildNotice)
#endif
