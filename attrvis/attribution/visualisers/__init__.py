"""From attributions to pictures: combinators of localisers, methods and masks."""
