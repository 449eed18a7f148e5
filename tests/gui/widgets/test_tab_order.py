"""Tab visits controls in the order of their layouts, whenever they were made."""

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget, QWidgetItem
from shiboken6 import getAllValidWrappers

from playground.gui.widgets.tab_order import order_tabs


def made(qtbot):
    root, inner = QWidget(), QWidget()
    qtbot.addWidget(root)
    column, row, within = QVBoxLayout(root), QHBoxLayout(), QVBoxLayout(inner)
    column.addLayout(row)
    column.addWidget(inner)
    fields = {name: QLineEdit() for name in ("last", "second", "third", "first")}
    within.addWidget(fields["third"])
    column.addWidget(fields["last"])
    row.addWidget(fields["first"])
    row.addWidget(fields["second"])
    return root, fields


def test_tab_follows_the_layouts(qtbot):
    root, fields = made(qtbot)
    order_tabs(root)
    field = fields["first"]
    for name in ("second", "third", "last"):
        field = field.nextInFocusChain()
        while not isinstance(field, QLineEdit):
            field = field.nextInFocusChain()
        assert field is fields[name]


def test_it_leaves_no_python_end_of_what_qt_deletes_unseen(qtbot):
    root, _ = made(qtbot)

    def n_items():
        return sum(isinstance(wrapper, QWidgetItem) for wrapper in getAllValidWrappers())

    before = n_items()
    order_tabs(root)
    assert n_items() == before
