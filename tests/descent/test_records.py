"""One copy keeps a moment of all arrays."""

import numpy as np

from playground.descent.records import Record


def test_arrays_share_one_memory_and_moments_read_back():
    first = {
        "theta": np.arange(6.0).reshape(3, 2),
        "states": [{"count": np.array([1, 2, 3], np.int32)}, {}, {"flag": np.array(True)}],
        "empty": np.zeros((0, 2)),
    }
    record = Record(first)
    np.testing.assert_array_equal(record.arrays["theta"], first["theta"])
    assert record.arrays["states"][0]["count"].dtype == np.int32
    assert record.arrays["theta"].flags.c_contiguous
    memory = record.room(4)
    for i, moment in enumerate(memory):
        record.arrays["theta"] += 1
        record.arrays["states"][0]["count"] *= 2
        record.arrays["states"][2]["flag"][...] = i % 2 == 0
        moment[...] = record.memory
    read = record.read(memory)
    for i in range(4):
        np.testing.assert_array_equal(read["theta"][i], first["theta"] + i + 1)
        np.testing.assert_array_equal(
            read["states"][0]["count"][i], np.array([1, 2, 3]) * 2 ** (i + 1)
        )
    np.testing.assert_array_equal(read["states"][2]["flag"], [True, False, True, False])
    assert read["empty"].shape == (4, 0, 2)
    assert read["states"][1] == {}


def test_what_was_given_is_left_alone():
    given = np.ones(3)
    record = Record({"x": given})
    record.arrays["x"][...] = 7
    np.testing.assert_array_equal(given, 1)
    np.testing.assert_array_equal(record.read(record.memory)["x"], 7)
