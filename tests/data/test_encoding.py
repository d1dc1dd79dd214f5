"""Whether a file is UTF-8 is told alike by the quick look and by the decoder, wherever chunks are cut."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.data import encoding

SOME = st.one_of(st.text(max_size=30).map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary(max_size=6))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(SOME, max_size=6), chunk=st.integers(1, 9))
def test_the_quick_look_agrees_with_the_decoder(tmp_path, parts, chunk):
    content = b"".join(parts)
    (tmp_path / "x").write_bytes(content)
    try:
        content.decode("utf-8")
        fits = True
    except UnicodeDecodeError as error:
        fits = False
        offset = error.start
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "_CHUNK", chunk)
        assert encoding._all_utf8(tmp_path / "x") is fits
        found = encoding.misfit(tmp_path / "x", "utf-8")
    assert (found is None) is fits
    if found:
        assert found.offset == offset
