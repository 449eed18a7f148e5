"""Real data sets that come with scikit-learn; nothing is downloaded."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from playground.data.source import DATASETS, DataSource
from playground.data.table import Table
from playground.tasks import Task


class _Bundled(DataSource):
    STANDARDIZE: ClassVar[bool] = True
    SHAPE: ClassVar[tuple[int, int]]
    TARGET: ClassVar[str] = "class"

    def load(self, rng: np.random.Generator) -> Table:
        # scikit-learn takes most of a second to import; only those who use it wait for it.
        from sklearn import datasets

        return self._table(getattr(datasets, f"load_{self.kind}")())

    def _table(self, bunch: Any) -> Table:
        class_names = tuple(str(name) for name in bunch.target_names)
        return Table(
            inputs=np.ascontiguousarray(bunch.data, dtype=np.float64),
            targets=bunch.target.astype(np.int64),
            task=Task.BINARY if len(class_names) == 2 else Task.MULTICLASS,
            feature_names=tuple(str(name) for name in bunch.feature_names),
            target_name=self.TARGET,
            class_names=class_names,
        )

    def expected_shape(self) -> tuple[int, int]:
        return self.SHAPE


@DATASETS.register
class Digits(_Bundled):
    """Handwritten digits: 1797 pictures of 8×8 pixels, from 0 (white) to 1 (black)."""

    LABEL: ClassVar[str] = "Digits (8×8 handwriting)"
    kind: Literal["digits"] = "digits"
    # Every pixel has the same unit already.
    STANDARDIZE: ClassVar[bool] = False
    SHAPE: ClassVar[tuple[int, int]] = (1797, 64)
    TARGET: ClassVar[str] = "digit"

    def _table(self, bunch: Any) -> Table:
        return Table(
            inputs=bunch.data / 16,
            targets=bunch.target.astype(np.int64),
            task=Task.MULTICLASS,
            feature_names=tuple(str(name) for name in bunch.feature_names),
            target_name=self.TARGET,
            class_names=tuple("0123456789"),
            image_shape=(8, 8),
        )


@DATASETS.register
class Iris(_Bundled):
    """Three species of iris by the size of sepals and petals: 150 flowers, 4 columns."""

    LABEL: ClassVar[str] = "Iris"
    kind: Literal["iris"] = "iris"
    SHAPE: ClassVar[tuple[int, int]] = (150, 4)
    TARGET: ClassVar[str] = "species"


@DATASETS.register
class Wine(_Bundled):
    """Three cultivars of wine by chemical analysis: 178 wines, 13 columns."""

    LABEL: ClassVar[str] = "Wine"
    kind: Literal["wine"] = "wine"
    SHAPE: ClassVar[tuple[int, int]] = (178, 13)
    TARGET: ClassVar[str] = "cultivar"


@DATASETS.register
class BreastCancer(_Bundled):
    """Malignant or benign tumours by the shape of cell nuclei: 569 samples, 30 columns."""

    LABEL: ClassVar[str] = "Breast cancer"
    kind: Literal["breast_cancer"] = "breast_cancer"
    SHAPE: ClassVar[tuple[int, int]] = (569, 30)
    TARGET: ClassVar[str] = "diagnosis"


@DATASETS.register
class Diabetes(_Bundled):
    """Progression of diabetes after a year: 442 patients, 10 columns, in their own units."""

    LABEL: ClassVar[str] = "Diabetes (regression)"
    kind: Literal["diabetes"] = "diabetes"
    SHAPE: ClassVar[tuple[int, int]] = (442, 10)
    TARGET: ClassVar[str] = "progression"

    def load(self, rng: np.random.Generator) -> Table:
        from sklearn.datasets import load_diabetes

        bunch = load_diabetes(scaled=False)
        return Table(
            inputs=np.ascontiguousarray(bunch.data, dtype=np.float64),
            targets=bunch.target.astype(np.float64),
            task=Task.REGRESSION,
            feature_names=tuple(bunch.feature_names),
            target_name=self.TARGET,
        )
