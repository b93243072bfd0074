"""The small classifier that ships inside the package.

Importing this package costs nothing; TensorFlow is loaded by
`attrvis.networks.embedded.network` only. `MODEL_CARD.md` beside this file says what the
network was trained on, how well it does, and on what terms it may be used.
"""
