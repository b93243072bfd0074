"""What a transform is, and several as one: consecutive geometric ones cost one resampling."""

from __future__ import annotations

import inspect
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, ClassVar, TypeAlias

import tensorflow as tf

from attrvis import seeds
from attrvis.errors import BadValue
from attrvis.transforms._table import TRANSFORMS
from attrvis.transforms.affine import Affine, Size
from attrvis.transforms.batches import checked, copy_keys, per_copy
from attrvis.transforms.fusing import moved, plane

Step: TypeAlias = int | tf.Tensor | None


@dataclass(frozen=True)
class Transform(ABC):
    """A random transform of images; image i's draw depends on key i and the step alone."""

    @abstractmethod
    def __call__(self, images: tf.Tensor, keys: tf.Tensor, step: Step = None) -> tf.Tensor:
        """Transform images.

        Args:
            images: float32 [B, h, w, C]; also signals [B, n, C], and volumes [B, d, h, w, C], of
                which all slices are treated alike.
            keys: int32 [B, 2].
            step: a whole number or an integer tensor; None: the same draw each time.

        Returns:
            float32 [B * copies, h', w', C], of a size that does not depend on the draw; the
            copies of an image are side by side.

        Raises:
            BadValue: if the images have no such shape, or are too small.
        """

    @property
    def copies(self) -> int:
        """How many images are made of each."""
        return 1

    def frame(self, size: Size, original: Size) -> Size:
        """Tell the output's size from the input's and from the size before all transforms."""
        return size

    def mask(self, mask: tf.Tensor, keys: tf.Tensor) -> tf.Tensor:
        """Tell what becomes of a mask [B, h, w, 1] of the pixels that count; default: nothing."""
        return per_copy(mask, self.copies)

    def output_shape(self, shape: Sequence[int | None]) -> tuple[int | None, ...]:
        """Tell the shape of the output for an input of the shape given.

        Args:
            shape: of images, signals or volumes, the first number being the batch or None.

        Returns:
            The output's shape.

        Example:
            >>> Chain().output_shape((2, 5, 6, 3))
            (2, 5, 6, 3)
        """
        size = plane(shape)
        height, width = self.frame(size, size)
        inner = (width,) if len(shape) == 3 else (*shape[1:-3], height, width)
        batch = None if shape[0] is None else shape[0] * self.copies
        return (batch, *inner, shape[-1])

    def __or__(self, later: Any) -> Chain:
        """Do this transform, then another; see `as_transform` for what it may be."""
        return compose(self, later)

    def __ror__(self, earlier: Any) -> Chain:
        return compose(earlier, self)


@dataclass(frozen=True)
class Geometric(Transform):
    """A transform that moves pixels by an affine map; consecutive ones are fused to one."""

    draws: ClassVar[int] = 0
    """How many uniform numbers one image takes."""

    whole: ClassVar[bool] = False
    """Whether it moves by whole pixels and mirrors, and does nothing else."""

    inside: ClassVar[bool] = False
    """Whether it shows an upright window of the image, and nothing from outside."""

    def __call__(self, images: tf.Tensor, keys: tf.Tensor, step: Step = None) -> tf.Tensor:
        """Transform images; see `Transform`."""
        return Chain((self,))(images, keys, step)

    @abstractmethod
    def where(self, size: Size, original: Size, draws: Sequence[tf.Tensor]) -> Affine:
        """Tell where each output pixel lies in the input, from draws [B * copies] in [0, 1)."""


@dataclass(frozen=True)
class Chain(Transform):
    """Transforms one after the other.

    Args:
        steps: the transforms, first one first; chains among them are opened.
        fill: value outside the images; zero makes the outside of an RGBA image transparent.
        exact: whether resampling has the exact gradient, about twice as slow, and only ops that
            XLA knows; also if a chain among the steps asks for it.

    Raises:
        BadValue: if a step is no transform, or a chain among them has another fill.

    Example:
        >>> Chain()(tf.ones([1, 4, 4, 1]), seeds.image_keys(0)).shape.as_list()
        [1, 4, 4, 1]
    """

    steps: tuple[Transform, ...] = ()
    fill: float = 0.0
    exact: bool = False

    def __post_init__(self) -> None:
        steps: list[Transform] = []
        for step in self.steps:
            if not isinstance(step, Transform):
                raise BadValue(f"{step!r} is not a transform; compose(...) makes one of it.")
            if isinstance(step, Chain) and step.steps and step.fill != self.fill:
                raise BadValue(
                    f"Chains with the fills {step.fill} and {self.fill} cannot be one; say which "
                    "by compose(..., fill=)."
                )
            steps.extend(step.steps if isinstance(step, Chain) else [step])
        if not math.isfinite(self.fill):
            raise BadValue(f"The fill {self.fill} must be a finite number; use 0 for empty.")
        exact = self.exact or any(isinstance(s, Chain) and s.exact for s in self.steps)
        object.__setattr__(self, "steps", tuple(steps))
        object.__setattr__(self, "exact", bool(exact))

    def __call__(self, images: tf.Tensor, keys: tf.Tensor, step: Step = None) -> tf.Tensor:
        """Transform images; see `Transform`."""
        return self._run(checked(images, keys), keys, step, masking=False)

    @property
    def copies(self) -> int:
        """How many images are made of each: the product of the steps'."""
        return math.prod(step.copies for step in self.steps)

    def frame(self, size: Size, original: Size) -> Size:
        """Tell the output's size."""
        for step in self.steps:
            size = step.frame(size, original)
        return size

    def size(self, height: int, width: int) -> Size:
        """Tell the size of the output, (height, width), from the input's."""
        return self.frame((height, width), (height, width))

    def with_alpha(self, alpha: bool) -> Chain:
        """Say whether the images' last channel is alpha, to the steps that were not told.

        Without it, 4 channels are taken for colours and alpha.
        """
        told = [
            replace(step, **{"alpha": alpha}) if getattr(step, "alpha", alpha) is None else step
            for step in self.steps
        ]
        return Chain(tuple(told), self.fill, self.exact)

    def mask(self, mask: tf.Tensor, keys: tf.Tensor) -> tf.Tensor:
        """Tell what becomes of a mask of the pixels that count; see `validity`."""
        return self._run(mask, keys, None, masking=True)

    def validity(self, height: int, width: int, keys: tf.Tensor, step: Step = None) -> tf.Tensor:
        """Tell which pixels of the output come from the image, 1, and not from outside, 0.

        Args:
            height: of the input, in pixels.
            width: of the input, in pixels.
            keys: int32 [B, 2], those of the call that transformed the images.
            step: the step of that call.

        Returns:
            float32 [B * copies, h', w', 1], in between on the border; without a gradient.
        """
        ones = tf.ones([keys.shape[0] or tf.shape(keys)[0], height, width, 1])
        ones = tf.ensure_shape(ones, [keys.shape[0], height, width, 1])
        return tf.stop_gradient(self._run(ones, keys, step, masking=True))

    def _run(self, images: tf.Tensor, keys: tf.Tensor, step: Step, masking: bool) -> tf.Tensor:
        original = plane(images.shape)
        for index, (fused, group) in enumerate(groupby(self.steps, _is_geometric)):
            own = seeds.stream(keys, f"transforms {index}", step)
            members = list(group)
            if fused:
                fill = 0.0 if masking else self.fill
                images = moved(images, members, original, own, fill, self.exact)
            for position, transform in enumerate(members):
                if not fused:
                    apply = transform.mask if masking else transform
                    images = apply(images, seeds.fold(own, position))
                own, keys = copy_keys(own, transform.copies), copy_keys(keys, transform.copies)
        return images


@dataclass(frozen=True)
class Custom(Transform):
    """A function as a transform; see `custom`, which makes it.

    Args:
        function: called with images, keys and the step, or with images alone.
        alone: whether it takes images alone.
        resize: tells the output's (height, width) from the input's; None: they are the same.
    """

    function: Callable[..., tf.Tensor]
    alone: bool = True
    resize: Callable[[Size], Size] | None = None

    def __call__(self, images: tf.Tensor, keys: tf.Tensor, step: Step = None) -> tf.Tensor:
        """Transform images; see `Transform`."""
        images = checked(images, keys)
        found = self.function(images) if self.alone else self.function(images, keys, step)
        found = tf.convert_to_tensor(found)
        told = self.output_shape(images.shape)[:-1]
        if found.dtype != tf.float32 or not found.shape[:-1].is_compatible_with(told):
            raise BadValue(
                f"{self._name} made {found.dtype.name} {found.shape} of images {images.shape}, not "
                f"float32 {[*told, 'C']}; tell custom(..., resize=) which size it gives."
            )
        return tf.ensure_shape(found, [*told, found.shape[-1]])

    def frame(self, size: Size, original: Size) -> Size:
        """Tell the output's size."""
        return size if self.resize is None else self.resize(size)

    def mask(self, mask: tf.Tensor, keys: tf.Tensor) -> tf.Tensor:
        """Leave the mask as it is; where a function moves pixels nobody knows from where.

        Raises:
            BadValue: if the function changes the size.
        """
        if self.resize is not None:
            raise BadValue(
                f"{self._name} changes the size, so that what is outside is not known; use Crop, "
                "Resize or another of the room's own."
            )
        return mask

    @property
    def _name(self) -> str:
        return str(getattr(self.function, "__name__", self.function))


def custom(
    function: Callable[..., tf.Tensor], resize: Callable[[Size], Size] | None = None
) -> Custom:
    """Make a transform of a function.

    Args:
        function: takes images, or images, keys [B, 2] and a step; returns images. Draws from
            `attrvis.seeds` keep a rendering repeatable.
        resize: tells the output's (height, width) from the input's, where the function changes
            it.

    Returns:
        The transform.

    Raises:
        BadValue: if the function takes neither one argument nor three.

    Example:
        >>> custom(lambda images: 0.5 * images)(tf.ones([1, 1, 1, 1]), seeds.image_keys(0)).numpy()
        array([[[[0.5]]]], dtype=float32)
    """
    if not callable(function):
        raise BadValue(f"{function!r} is not a function of images.")
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # made in C++, without a signature
        return Custom(function, True, resize)
    places = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    many = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    needed = sum(p.default is p.empty for p in places)
    alone = needed <= 1 and not any(p.name == "keys" for p in places)
    if needed > 3 or not (many or len(places) >= (1 if alone else 3)):
        raise BadValue(
            f"The function {getattr(function, '__name__', function)} takes {needed} arguments; "
            "make it take images, or images, keys and a step."
        )
    return Custom(function, alone, resize)


def compose(*transforms: Any, fill: float | None = None, exact: bool | None = None) -> Chain:
    """Chain transforms; `a | b` is the same as `compose(a, b)`.

    Args:
        transforms: any number, first one first, each as `as_transform` takes it; chains among
            them are opened.
        fill: value outside the images; default: that of the chains given, else 0.
        exact: whether the gradient is exact; default: if a chain given says so.

    Returns:
        The chain.

    Raises:
        BadValue: if something is not a transform, or chains have different fills.
        UnknownName: if there is no transform of a name.

    Example:
        >>> len(compose("pad", ["jitter", lambda images: images + 0.1]).steps)
        3
    """
    made = [as_transform(transform) for transform in transforms]
    chains = [step for step in made if isinstance(step, Chain)]
    fills = {chain.fill for chain in chains if chain.steps} or {0.0}
    if fill is None and len(fills) > 1:
        raise BadValue(
            f"Chains with the fills {sorted(fills)} cannot be one; say which by "
            "compose(..., fill=)."
        )
    if exact is None:
        exact = any(chain.exact for chain in chains)
    opened = [step.steps if isinstance(step, Chain) else (step,) for step in made]
    return Chain(tuple(sum(opened, ())), fills.pop() if fill is None else fill, exact)


def as_transform(thing: Any, size: int | Size | None = None) -> Transform:
    """Make a transform of whatever stands for one.

    Args:
        thing: a transform; the name of one or of a set; a function, see `custom`; or a sequence
            of any of these.
        size: of the network's input, side or (height, width) in pixels; sets that are found by
            name suit their shifts to it, and single ones that bring to a size bring to it.

    Returns:
        The transform.

    Raises:
        BadValue: if nothing can be made of it.
        UnknownName: if there is no transform of that name; the text lists the nearest.

    Example:
        >>> as_transform("masked", 112).steps[0]
        Pad(pixels=6)
    """
    if isinstance(thing, Transform):
        return thing
    if isinstance(thing, str):
        maker = TRANSFORMS[thing]
        sized = size is not None and "size" in inspect.signature(maker).parameters
        return as_transform(maker(size=size) if sized else maker())
    if isinstance(thing, type) and issubclass(thing, Transform):
        raise BadValue(f"{thing.__name__} is a class; make one of it by {thing.__name__}().")
    if callable(thing):
        return custom(thing)
    if isinstance(thing, Iterable) and not isinstance(thing, (Mapping, bytes, tf.Tensor)):
        parts = [as_transform(part, size) for part in thing]
        return compose(*parts)
    if thing is None:  # which means the default where it stands alone, so not nothing in a list
        raise BadValue("None is not a transform; leave it out, or give 'identity' for none at all.")
    raise BadValue(
        f"{thing!r} is not a transform; give Pad(12), a name such as 'masked', a function or a "
        "list of them."
    )


def _is_geometric(transform: Transform) -> bool:
    return isinstance(transform, Geometric)
