"""Scripts that do not put spaces between words, as the inside of a character class of regular expressions."""

# Chinese and Japanese characters, kana, Thai, Lao, Khmer, Burmese.
SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
