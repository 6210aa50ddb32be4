// SPDX-License-Identifier: Apache-2.0
import CFuzzer
import Glibc

/// `MVE_FUZZ_TARGET=json fuzz [options and corpus folders of libFuzzer]`: feeds one target until it traps or the bound is
/// reached. The target is no argument, because libFuzzer starts itself again with those it understands.
///
/// Built by scripts/fuzz alone: it links libFuzzer, and the sources are compiled to report their coverage.
@main enum Fuzz {
    // Set once before the first input; libFuzzer calls on one thread.
    nonisolated(unsafe) private static var target = FuzzTarget.requests

    static func main() {
        guard let name = getenv("MVE_FUZZ_TARGET"), let target = FuzzTarget(rawValue: String(cString: name)) else {
            print(FuzzTarget.allCases.map(\.rawValue).joined(separator: " "))
            return
        }
        self.target = target
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        _ = LLVMFuzzerRunDriver(&count, &arguments) { data, size in
            Fuzz.target.run(UnsafeBufferPointer(start: data, count: size))
            return 0
        }
    }
}
