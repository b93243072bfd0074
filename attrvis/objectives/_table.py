"""Objectives by name."""

from attrvis.tables import Row, Table

_HERE = "attrvis.objectives"

OBJECTIVES = Table(
    "objectives",
    (
        Row("channel", f"{_HERE}.units:channel", "unit", "olah2017"),
        Row("neuron", f"{_HERE}.units:neuron", "unit", "olah2017"),
        Row("layer", f"{_HERE}.layers:layer", "unit", "mordvintsev2015"),
        Row("logit", f"{_HERE}.logits:logit", "class", "olah2017"),
        Row("direction", f"{_HERE}.directions:direction", "direction", "carter2019"),
        Row("direction_at", f"{_HERE}.directions:direction_at", "direction", "olah2018"),
        Row(
            "random_direction",
            f"{_HERE}.random_directions:random_direction",
            "direction",
            "olah2017",
        ),
        Row("direction_map", f"{_HERE}.directions:direction_map", "direction", "olah2018"),
        Row("weighted_channels", f"{_HERE}.mixtures:weighted_channels", "mixture", "olah2017"),
        Row("weighted_neuron", f"{_HERE}.mixtures:weighted_neuron", "mixture", "olah2017"),
        Row("local_group", f"{_HERE}.mixtures:local_group", "mixture", "olah2018"),
        Row("weighted", f"{_HERE}.weighted:weighted", "attribution", "shi2023"),
        Row(
            "neuron_attribution",
            f"{_HERE}.attributed:neuron_attribution",
            "attribution",
            "shi2023",
        ),
        Row(
            "channel_attribution",
            f"{_HERE}.attributed:channel_attribution",
            "attribution",
            "olah2018",
        ),
        Row("caricature", f"{_HERE}.directions:caricature", "photo", "carter2019"),
        Row("inversion", f"{_HERE}.references:inversion", "photo", "mahendran2015"),
        Row("activation_l2", f"{_HERE}.references:activation_l2", "photo penalty", "mahendran2015"),
        Row("content", f"{_HERE}.references:content", "photo penalty", "gatys2016"),
        Row("style", f"{_HERE}.styles:style", "photo penalty", "gatys2016"),
        Row(
            "input_difference", f"{_HERE}.references:input_difference", "photo penalty", "olah2017"
        ),
        Row(
            "channel_interpolation",
            f"{_HERE}.interpolation:channel_interpolation",
            "series",
            "olah2017",
        ),
        Row("alignment", f"{_HERE}.crowds:alignment", "coupled", "mordvintsev2018"),
        Row("diversity", f"{_HERE}.crowds:diversity", "coupled penalty", "olah2017"),
        Row("total_variation", f"{_HERE}.penalties:total_variation", "penalty", "rudin1992"),
        Row("l1", f"{_HERE}.penalties:l1", "penalty", "olah2017"),
        Row("l2", f"{_HERE}.penalties:l2", "penalty", "olah2017"),
        Row("spectral", f"{_HERE}.penalties:spectral", "penalty"),
        Row("blur_each_step", f"{_HERE}.blurs:blur_each_step", "penalty", "olah2017"),
        Row("boundary_complexity", f"{_HERE}.blurs:boundary_complexity", "penalty", "carter2019"),
        Row("mask_area", f"{_HERE}.mask:mask_area", "mask penalty", "shi2023"),
        Row("mask_sparsity", f"{_HERE}.mask:mask_sparsity", "mask penalty", "shi2023"),
        Row("mask_haze", f"{_HERE}.mask:mask_haze", "mask penalty"),
        Row("ramp", f"{_HERE}.ramp:ramp", "number"),
        Row("constant", f"{_HERE}.objective:constant", "number"),
        Row("custom", f"{_HERE}.callables:custom", "own"),
    ),
    kind="objective",
)
