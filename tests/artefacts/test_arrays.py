import numpy as np

from workbench.artefacts import arrays


def test_made_once_and_memory_mapped_afterwards(tmp_path):
    calls = []

    def make():
        calls.append(1)
        return {"a": np.arange(6).reshape(2, 3), "b": np.float32([1.5])}

    first = arrays.kept(tmp_path, "key", make)
    again = arrays.kept(tmp_path, "key", make)
    assert len(calls) == 1 and isinstance(again["a"], np.memmap)
    assert all(np.array_equal(first[name], again[name]) for name in ("a", "b"))


def test_what_is_not_there_or_damaged_is_none(tmp_path):
    assert arrays.read(tmp_path, "key") is None
    arrays.write(tmp_path, "key", {"a": np.arange(3)})
    (tmp_path / "arrays" / "key" / "a.npy").write_bytes(b"\x93NUMPY")
    assert arrays.read(tmp_path, "key") is None
    assert np.array_equal(arrays.kept(tmp_path, "key", lambda: {"a": np.arange(4)})["a"], np.arange(4))


def test_objects_are_never_unpickled(tmp_path):
    (tmp_path / "arrays" / "key").mkdir(parents=True)
    np.save(tmp_path / "arrays" / "key" / "a.npy", np.array([{"x": 1}], dtype=object), allow_pickle=True)
    assert arrays.read(tmp_path, "key") is None
