"""The perturbation methods by name."""

from attrvis.tables import Row

_HERE = "attrvis.attribution.perturbation"

PERTURBATION: tuple[Row, ...] = tuple(
    Row(name, f"{_HERE}.{target}", "perturbation", cite)
    for name, target, cite in (
        ("occlusion", "occlusion:Occlusion", "zeiler2014"),
        ("tiled-occlusion", "tiled_occlusion:TiledOcclusion", "pascual2025"),
        ("feature-ablation", "feature_ablation:FeatureAblation", "zeiler2014"),
        ("feature-permutation", "feature_ablation:FeaturePermutation", "fisher2019"),
        ("rise", "rise:RISE", "petsiuk2018"),
        ("shapley-values", "shapley:ShapleyValues", "shapley1953"),
        ("shapley-sampling", "shapley:ShapleySampling", "castro2009"),
        ("kernel-shap", "kernel_shap:KernelSHAP", "lundberg2017"),
        ("lime", "lime:LIME", "ribeiro2016"),
        ("sobol", "sobol:Sobol", "fel2021"),
        ("hsic", "hsic:HSIC", "novello2022"),
    )
)
