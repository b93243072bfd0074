"""The influence methods by name."""

from attrvis.tables import Row

_HERE = "attrvis.attribution.influence"

INFLUENCE: tuple[Row, ...] = (
    Row("internal-influence", f"{_HERE}.internal:InternalInfluence", "influence", "leino2018"),
    Row("conductance", f"{_HERE}.conductance:Conductance", "influence", "dhamdhere2019"),
    Row(
        "neuron-conductance", f"{_HERE}.conductance:NeuronConductance", "influence", "dhamdhere2019"
    ),
    Row("activation", f"{_HERE}.activation:Activation", "influence", "leino2018"),
    Row(
        "gradient-times-activation",
        f"{_HERE}.activation:GradientTimesActivation",
        "influence",
        "kokhlikyan2020",
    ),
)
