import MartinetBase

/// A sample's input or target, which knows what many of it make together in a batch.
///
/// Tensors are stacked along a new first axis, class numbers become a list, and numbers a tensor of one axis. Several inputs or
/// targets are a struct of one's own, which collates its members:
///
/// ```swift
/// struct Views: Collatable {
///     let left, right: Tensor
///
///     static func collate(_ samples: [Views]) -> Views {
///         Views(left: .collate(samples.map(\.left)), right: .collate(samples.map(\.right)))
///     }
/// }
/// ```
public protocol Collatable: Sendable {
    /// The type of a batch's samples together.
    associatedtype Collated: Sendable = Self

    /// The samples of a batch together, in their order.
    static func collate(_ samples: [Self]) -> Collated
}

extension Tensor: Collatable {
    /// `[count] + ` the samples' shape.
    ///
    /// - Precondition: there are samples, all of one shape.
    public static func collate(_ samples: [Tensor]) -> Tensor {
        guard let first = samples.first, let other = samples.first(where: { $0.shape != first.shape }) else {
            return stack(samples)
        }
        BatchProblem.report("batches: the samples have different shapes, \(first.shape) and \(other.shape)")
        return first
    }
}

extension Int: Collatable {
    /// The numbers as they are, of classes for instance.
    public static func collate(_ samples: [Int]) -> [Int] { samples }
}

extension Float: Collatable {
    /// `[count]`
    public static func collate(_ samples: [Float]) -> Tensor { Tensor(samples) }
}
