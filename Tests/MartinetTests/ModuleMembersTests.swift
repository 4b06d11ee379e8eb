import Martinet
import Testing

private final class Pairs: Module {
    let pair = (Dense(4, 4), Dense(4, 2))
    let named = (left: Dense(2, 1), right: 3)
    let maybe: (Dense, Parameter)? = (Dense(1, 1), Parameter(Tensor([1])))
    let list: [(Dense, Int)] = [(Dense(1, 1), 1)]
    let optionals: [Dense?] = [nil, Dense(1, 1)]
    let byName = ["b": Parameter(Tensor([1])), "a": Parameter(Tensor([2]))]
    let nothing: (Dense, Dense)? = nil
    let sizes = [1, 2, 3]
    func callAsFunction(_ x: Tensor) -> Tensor { pair.1(pair.0(x)) }
}

private struct Held {
    let dense = Dense(1, 1)
}

private final class Hidden: Module {
    let held = Held()
    func callAsFunction(_ x: Tensor) -> Tensor { held.dense(x) }
}

@Suite struct ModuleMembersTests {
    @Test func tuplesOptionalsAndDictionaries() {
        #expect(
            Pairs().namedParameters.map(\.name) == [
                "pair.0.weight", "pair.0.bias", "pair.1.weight", "pair.1.bias", "named.left.weight", "named.left.bias",
                "maybe.0.weight", "maybe.0.bias", "maybe.1", "list.0.0.weight", "list.0.0.bias", "optionals.1.weight",
                "optionals.1.bias", "by_name.a", "by_name.b",
            ])
    }

    @Test func aStructThatHoldsModulesIsRefused() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Hidden().parameters
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(
            message.contains("Module: the property held is a Held, whose modules and parameters would be passed over"))
    }
}
