"""Words as a search finds them: inflected, in compounds, in any spelling of umlauts and ß.

    forms("Krankenkassendaten") -> ("krankenkassendat", "krankenkass", "dat", …)

The same for texts that are indexed and for what somebody types, so that both meet; `read` tells words, "phrases" and
filters such as typ:ransomware apart.
"""

from pipeline.wordforms.asked import Asked, read
from pipeline.wordforms.forms import VERSION, forms, forms_of, stem, words

__all__ = ["VERSION", "Asked", "forms", "forms_of", "read", "stem", "words"]
