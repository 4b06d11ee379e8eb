"""Recurrent layers: whole sequences forwards and backwards, in every setting."""

import torch

from recorder import Family, normal

CASES = {
    "tanh": ("rnn", {}), "relu": ("rnn", {"nonlinearity": "relu"}), "lstm": ("lstm", {}), "gru": ("gru", {}),
    "lstm.bidirectional": ("lstm", {"bidirectional": True}), "gru.bidirectional": ("gru", {"bidirectional": True}),
    "tanh.bidirectional": ("rnn", {"bidirectional": True, "num_layers": 2}),
    "lstm.layers": ("lstm", {"num_layers": 3}), "gru.layers": ("gru", {"num_layers": 2, "bidirectional": True}),
    "lstm.withoutBias": ("lstm", {"bias": False}), "gru.withoutBias": ("gru", {"bias": False}),
    "lstm.one": ("lstm", {"batch": 1, "time": 1}), "gru.long": ("gru", {"batch": 2, "time": 23}),
    "lstm.wide": ("lstm", {"batch": 13, "hidden": 33, "bidirectional": True}),
    "gru.wide": ("gru", {"batch": 13, "hidden": 33}),
}  # fmt: skip


def record():
    family = Family("recurrent")
    for name, (kind, settings) in CASES.items():
        for states in (False, True):
            settings = dict(settings)
            case = name + (".states" if states else "")
            random = family.random(case)
            time, batch, hidden = (settings.pop(key, n) for key, n in (("time", 5), ("batch", 3), ("hidden", 4)))
            module = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[kind](
                6, hidden, batch_first=True, **settings)
            inputs = {"x": normal(random, batch, time, 6)}
            for key, value in module.named_parameters():
                inputs[key] = normal(random, *value.shape) * 0.4
            if states:
                shape = (settings.get("num_layers", 1) * (2 if settings.get("bidirectional") else 1), batch, hidden)
                inputs["h0"] = normal(random, *shape)
                if kind == "lstm":
                    inputs["c0"] = normal(random, *shape)

            def run(x, h0=None, c0=None, **weights):
                first = h0 if c0 is None else (h0, c0)
                y, last = torch.func.functional_call(module, weights, (x,) if first is None else (x, first))
                if kind == "lstm":
                    return {"y": y, "h": last[0], "c": last[1]}
                return {"y": y, "h": last}

            family.record(case, run, inputs, kind, {
                "hidden": hidden, "layers": settings.get("num_layers", 1), "bias": settings.get("bias", True),
                "bidirectional": settings.get("bidirectional", False),
                "nonlinearity": settings.get("nonlinearity", "tanh")})
    return family
