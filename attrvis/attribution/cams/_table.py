"""The class activation maps by name."""

from attrvis.tables import Row

_HERE = "attrvis.attribution.cams"

CAMS: tuple[Row, ...] = (
    Row("grad-cam", f"{_HERE}.grad_cam:GradCAM", "cams", "selvaraju2017"),
    Row("grad-cam-plus-plus", f"{_HERE}.grad_cam:GradCAMPlusPlus", "cams", "chattopadhay2018"),
    Row("hires-cam", f"{_HERE}.grad_cam:HiResCAM", "cams", "draelos2020"),
    Row("xgrad-cam", f"{_HERE}.grad_cam:XGradCAM", "cams", "fu2020"),
    Row("layer-cam", f"{_HERE}.grad_cam:LayerCAM", "cams", "jiang2021"),
    Row("score-cam", f"{_HERE}.score_cam:ScoreCAM", "cams", "wang2020"),
    Row("ablation-cam", f"{_HERE}.ablation_cam:AblationCAM", "cams", "desai2020"),
    Row("eigen-cam", f"{_HERE}.eigen_cam:EigenCAM", "cams", "muhammad2020"),
    Row("eigen-grad-cam", f"{_HERE}.eigen_cam:EigenGradCAM", "cams", "muhammad2020"),
    Row("fem", f"{_HERE}.fem:FEM", "cams", "fuad2020"),
    Row("guided-grad-cam", f"{_HERE}.guided_grad_cam:GuidedGradCAM", "cams", "selvaraju2017"),
)
