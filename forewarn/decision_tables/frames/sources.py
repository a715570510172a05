"""A frame's columns as sources of values, whatever library they come from.

Each source gives its values again one by one (``raw``), as a row handed to ``decide`` would hold them, and has
a form that numpy or Arrow can work on in chunks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Objects:
    """Any Python values."""

    values: Sequence[Any]

    def raw(self, row: int) -> Any:
        """The value of a row."""
        return self.values[row]


@dataclass(frozen=True, slots=True)
class Coded:
    """Values by code: a categorical column. A code of -1 is null."""

    codes: NDArray[Any]
    values: Sequence[Any]

    def raw(self, row: int) -> Any:
        """The value of a row."""
        code = int(self.codes[row])
        return None if code < 0 else self.values[code]


@dataclass(frozen=True, slots=True)
class Numbers:
    """Whole numbers or double floats; ``missing`` marks nulls, a NaN is null too."""

    values: NDArray[Any]
    missing: NDArray[np.bool_] | None

    def raw(self, row: int) -> Any:
        """The value of a row."""
        if self.missing is not None and self.missing[row]:
            return None
        return self.values[row].item()


@dataclass(frozen=True, slots=True)
class Booleans:
    """Truth values."""

    values: NDArray[np.bool_]
    missing: NDArray[np.bool_] | None

    def raw(self, row: int) -> Any:
        """The value of a row."""
        return None if self.missing is not None and self.missing[row] else bool(self.values[row])


@dataclass(frozen=True, slots=True)
class Texts:
    """An Arrow array of text."""

    values: Any

    def raw(self, row: int) -> Any:
        """The value of a row."""
        return self.values[row].as_py()


@dataclass(frozen=True, slots=True)
class Arrow:
    """An Arrow array of any other type."""

    values: Any

    def raw(self, row: int) -> Any:
        """The value of a row."""
        return self.values[row].as_py()


Source = Objects | Coded | Numbers | Booleans | Texts | Arrow


def from_numpy(values: NDArray[Any], missing: NDArray[np.bool_] | None = None) -> Source | None:
    """A numpy array as a source, or ``None`` where it is of no kind that numpy can work on exactly."""
    if values.dtype.kind == "b":
        return Booleans(values, missing)
    if values.dtype.kind in "iu" or values.dtype == np.float64:
        return Numbers(values, missing)
    return None


def from_arrow(values: Any) -> Source:
    """An Arrow array or chunked array as a source."""
    import pyarrow as pa  # noqa: PLC0415

    if isinstance(values, pa.ChunkedArray):
        values = values.chunk(0) if values.num_chunks == 1 else values.combine_chunks()
        if isinstance(values, pa.ChunkedArray):
            values = pa.concat_arrays(values.chunks)
    kind = values.type
    if pa.types.is_string_view(kind):
        values = values.cast(pa.large_string())
        kind = values.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return Texts(values)
    if pa.types.is_dictionary(kind):
        codes = values.indices.fill_null(-1) if values.indices.null_count else values.indices
        signed = codes.to_numpy(zero_copy_only=False)
        if signed.dtype.kind == "u":
            signed = codes.cast(pa.int64()).to_numpy(zero_copy_only=False)
        return Coded(signed, values.dictionary.to_pylist())
    if pa.types.is_integer(kind) or pa.types.is_float64(kind) or pa.types.is_boolean(kind):
        missing = values.is_null().to_numpy(zero_copy_only=False) if values.null_count else None
        filled = values.fill_null(False if pa.types.is_boolean(kind) else 0) if values.null_count else values
        source = from_numpy(filled.to_numpy(zero_copy_only=False), missing)
        if source is not None:
            return source
    return Arrow(values)


def from_pandas(series: Any) -> Source:
    """A pandas series as a source."""
    import pandas as pd  # noqa: PLC0415

    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return Coded(series.cat.codes.to_numpy(), list(dtype.categories))
    if isinstance(dtype, pd.ArrowDtype) or (isinstance(dtype, pd.StringDtype) and dtype.storage == "pyarrow"):
        return from_arrow(series.array.__arrow_array__())
    if isinstance(dtype, np.dtype):
        source = from_numpy(series.to_numpy())
        if source is not None:
            return source
    elif pd.api.types.is_bool_dtype(dtype) or pd.api.types.is_integer_dtype(dtype) or str(dtype) == "Float64":
        missing = series.isna().to_numpy(dtype=bool)
        kind = np.dtype(bool) if pd.api.types.is_bool_dtype(dtype) else dtype.numpy_dtype
        source = from_numpy(series.to_numpy(dtype=kind, na_value=0), missing if missing.any() else None)
        if source is not None:
            return source
    if pd.api.types.is_object_dtype(dtype) or isinstance(dtype, pd.StringDtype):
        return Objects(series.to_numpy(dtype=object))
    codes, values = series.factorize()
    return Coded(codes, list(values.to_numpy() if isinstance(dtype, np.dtype) and dtype.kind == "f" else values))


def row_of(sources: Mapping[str, Source], row: int) -> dict[str, Any]:
    """One row as the mapping that ``decide`` takes."""
    return {name: source.raw(row) for name, source in sources.items()}
