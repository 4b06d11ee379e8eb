import CKernels

/// The right-hand matrices of a product, one a group, packed into the panels that Martinet's kernel reads.
struct PanelMatrix: Sendable {
    let groups, depth, columns: Int
    private let storage: Storage

    private static let width = Int(MK_PANEL_WIDTH)

    private var groupStride: Int { (columns + Self.width - 1) / Self.width * Self.width * depth }

    /// - Parameters:
    ///   - matrix: the matrix of group 0, `depth` rows of `columns`.
    ///   - stride: the distance between its rows.
    ///   - groupStride: the distance to the next group's.
    init(
        _ matrix: UnsafePointer<Float>, depth: Int, columns: Int, stride: Int, groups: Int, groupStride: Int
    ) {
        (self.groups, self.depth, self.columns) = (groups, depth, columns)
        let panels = (columns + Self.width - 1) / Self.width
        storage = Storage(uninitialized: groups * panels * Self.width * depth)
        let matrix = ParallelInput(matrix)
        parallelFill(storage.pointer, count: groups * panels, width: Self.width * depth) { part, range in
            for index in range {
                let (group, first) = (index / panels, index % panels * Self.width)
                mk_pack_panel(
                    depth, min(Self.width, columns - first), matrix.start + group * groupStride + first, stride,
                    part + (index - range.lowerBound) * Self.width * depth)
            }
        }
    }

    /// The weight of a convolution, `[kH, kW, C / groups, O]`.
    init(_ weight: NDArray, groups: Int) {
        let (outputs, columns) = (weight.shape[3], weight.shape[3] / groups)
        self.init(
            weight.pointer, depth: weight.count / outputs, columns: columns, stride: outputs, groups: groups,
            groupStride: columns)
    }

    /// The panels of a group from `column`, a multiple of their width; valid while this is alive.
    func panels(group: Int, from column: Int) -> UnsafePointer<Float> {
        UnsafePointer(storage.pointer + group * groupStride + column * depth)
    }
}
