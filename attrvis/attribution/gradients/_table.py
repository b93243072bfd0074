"""The gradients methods by name."""

from attrvis.tables import Row

_HERE = "attrvis.attribution.gradients"

GRADIENTS: tuple[Row, ...] = (
    Row("saliency", f"{_HERE}.saliency:Saliency", "gradients", "simonyan2014"),
    Row(
        "gradient-times-input",
        f"{_HERE}.gradient_times_input:GradientTimesInput",
        "gradients",
        "shrikumar2016",
    ),
    Row("smooth-grad", f"{_HERE}.smooth_grad:SmoothGrad", "gradients", "smilkov2017"),
    Row("smooth-grad-squared", f"{_HERE}.smooth_grad:SmoothGradSquared", "gradients", "hooker2019"),
    Row("var-grad", f"{_HERE}.smooth_grad:VarGrad", "gradients", "adebayo2018"),
    Row("guided-backprop", f"{_HERE}.ruled:GuidedBackprop", "gradients", "springenberg2015"),
    Row("deconv-net", f"{_HERE}.ruled:DeconvNet", "gradients", "zeiler2014"),
    Row("rect-grad", f"{_HERE}.ruled:RectGrad", "gradients", "kim2019"),
    Row("full-grad", f"{_HERE}.full_grad:FullGrad", "gradients", "srinivas2019"),
    Row("simple-full-grad", f"{_HERE}.full_grad:SimpleFullGrad", "gradients", "srinivas2019"),
    Row("smooth-full-grad", f"{_HERE}.full_grad:SmoothFullGrad", "gradients", "srinivas2019"),
)
