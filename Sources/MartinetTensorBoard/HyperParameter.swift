/// The value of a hyperparameter.
public enum HyperParameter: Sendable, Hashable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByStringLiteral, ExpressibleByBooleanLiteral
{
    case number(Double)
    case text(String)
    case flag(Bool)

    public init(floatLiteral value: Double) { self = .number(value) }
    public init(integerLiteral value: Int) { self = .number(Double(value)) }
    public init(stringLiteral value: String) { self = .text(value) }
    public init(booleanLiteral value: Bool) { self = .flag(value) }
}

/// The summary of a run that TensorBoard's hyperparameter page reads.
enum HyperParameterSummary {
    /// - Parameters:
    ///   - values: the run's hyperparameters.
    ///   - metrics: the tags of the scalars that it is judged by.
    ///   - time: in seconds since 1970.
    /// - Returns: an experiment, and the beginning and the end of a session of it.
    static func values(
        _ values: [String: HyperParameter], metrics: [String], time: Double
    ) throws -> TensorBoardSummary {
        var experiment = HParamsPluginData()
        experiment.experiment.hparamInfos = values.sorted { $0.key < $1.key }.map { name, value in
            var info = HParamsHParamInfo()
            info.name = name
            info.type =
                switch value {
                case .number: .float64
                case .text: .string
                case .flag: .bool
                }
            return info
        }
        experiment.experiment.metricInfos = metrics.sorted().map { tag in
            var info = HParamsMetricInfo()
            info.name.tag = tag
            return info
        }
        var start = HParamsPluginData()
        start.sessionStartInfo.startTimeSecs = time
        for (name, value) in values {
            switch value {
            case .number(let number): start.sessionStartInfo.hparams[name] = .init(numberValue: number)
            case .text(let text): start.sessionStartInfo.hparams[name] = .init(stringValue: text)
            case .flag(let flag): start.sessionStartInfo.hparams[name] = .init(boolValue: flag)
            }
        }
        var end = HParamsPluginData()
        end.sessionEndInfo.status = .success
        end.sessionEndInfo.endTimeSecs = time
        var summary = TensorBoardSummary()
        for (tag, data) in [("experiment", experiment), ("session_start_info", start), ("session_end_info", end)] {
            var value = TensorBoardSummary.Value()
            value.tag = "_hparams_/" + tag
            value.metadata.pluginData.pluginName = "hparams"
            value.metadata.pluginData.content = try data.serializedData()
            // TensorBoard keeps no value without one.
            value.tensor.dtype = .dtFloat
            value.tensor.tensorShape.dim = [TensorBoardTensorShapeProto.Dim()]
            summary.value.append(value)
        }
        return summary
    }
}
