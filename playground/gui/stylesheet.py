"""The style sheet: what the palette alone cannot say, in steps of 8 pixels."""

from __future__ import annotations

from string import Template

from playground.gui.theme_colors import Theme
from playground.resources import resource_path

_TEMPLATE = Template("""
QMainWindow { background: $background; }
QDialog { background: $surface; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QFrame#popup { background: $surface; border: 1px solid $border; border-radius: 0; }
QMainWindow::separator { background: $background; width: ${px6}px; height: ${px6}px; }
QMainWindow::separator:hover { background: $accent; }
QSplitter::handle { background: $background; }
QSplitter::handle:hover { background: $accent; }

QToolBar { background: $surface; border: none; border-bottom: 1px solid $border;
           spacing: ${px4}px; padding: ${px6}px ${px8}px; }
QToolBar#toolbar QToolButton#qt_toolbar_ext_button { padding: 0; min-width: ${px18}px; }
QToolButton#qt_toolbar_ext_button { padding: 0; }
QToolBar::separator { background: $border; width: 1px; margin: ${px4}px ${px6}px; }
QToolButton { color: $text; background: transparent; border: 1px solid transparent;
              border-radius: ${px6}px; padding: ${px4}px ${px6}px; }
QToolButton:hover { background: $hover; }
QToolButton:pressed, QToolButton:open { background: $border; }
QToolButton:checked { background: $accent_soft; color: $accent; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $disabled; }
QToolButton[popupMode="1"] { padding-right: ${px18}px; }
QToolButton::menu-button { border: none; width: ${px16}px; }
QToolButton::menu-indicator { image: none; }
QToolButton#primary { background: $accent; color: $on_accent; border-color: $accent;
                      padding: ${px4}px ${px12}px; font-weight: 600; }
QToolButton#primary:hover { background: $accent; border-color: $text; }
QToolButton#primary:disabled { background: $hover; color: $disabled; border-color: $border; }

QWidget#rail { background: $surface; border-right: 1px solid $border; }
QWidget#rail QToolButton { color: $muted; padding: ${px6}px ${px2}px; }
QWidget#rail QToolButton:checked { color: $accent; }

QPushButton { color: $text; background: $raised; border: 1px solid $border;
              border-radius: ${px6}px; padding: ${px5}px ${px12}px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $border; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $disabled; background: $background; }
QPushButton:default { background: $accent; color: $on_accent; border-color: $accent; }
QPushButton:default:hover { border-color: $text; }
QPushButton:default:disabled { background: $hover; color: $disabled; border-color: $border; }
QPushButton:checked { background: $accent_soft; color: $accent; border-color: $accent; }

QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QPlainTextEdit {
    color: $text; background: $field; border: 1px solid $border; border-radius: ${px6}px;
    padding: ${px3}px ${px6}px; selection-background-color: $accent;
    selection-color: $on_accent; }
QLineEdit:hover, QSpinBox:hover, QDoubleSpinBox:hover, QComboBox:hover { border-color: $muted; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus,
QPlainTextEdit:focus { border-color: $accent; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled {
    color: $disabled; background: $background; }
QLineEdit[invalid="true"] { border-color: $danger; }
QComboBox { padding-right: ${px20}px; }
QComboBox::drop-down { border: none; width: ${px20}px; }
QComboBox::down-arrow { image: url("$icons/chevron-down.svg");
                        width: ${px12}px; height: ${px12}px; }
QComboBox QAbstractItemView { color: $text; background: $surface; border: 1px solid $border;
                              outline: none; padding: ${px4}px;
                              selection-background-color: $accent_soft; selection-color: $text; }
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button,
QDoubleSpinBox::down-button { width: 0; border: none; }

QCheckBox, QRadioButton { color: $text; spacing: ${px8}px; }
QCheckBox:disabled, QRadioButton:disabled { color: $disabled; }
QCheckBox::indicator, QTreeView::indicator, QTableView::indicator, QListView::indicator {
    width: ${px14}px; height: ${px14}px; border: 1px solid $muted; border-radius: ${px4}px;
    background: $field; }
QCheckBox::indicator:hover { border-color: $accent; }
QCheckBox:focus::indicator { border-color: $accent; }
QCheckBox::indicator:checked, QTreeView::indicator:checked, QTableView::indicator:checked,
QListView::indicator:checked { border-color: $accent; background: $accent;
                               image: url("$icons/check.svg"); }
QCheckBox::indicator:disabled { border-color: $border; background: $background; }

QSlider:horizontal { min-height: ${px16}px; }
QSlider::groove:horizontal { height: ${bar}px; background: $border; border-radius: ${bar_end}px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: ${bar_end}px; }
QSlider::handle:horizontal { background: $raised; border: ${px2}px solid $accent;
    width: ${knob}px; height: ${knob}px; margin: -${px5}px 0; border-radius: ${knob_end}px; }
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus { background: $accent; }
QSlider::sub-page:horizontal:disabled { background: $disabled; }
QSlider::handle:horizontal:disabled { border-color: $disabled; }

QProgressBar { background: $border; border: none; border-radius: ${bar_end}px; text-align: center;
               min-height: ${bar}px; max-height: ${bar}px; }
QProgressBar::chunk { background: $accent; border-radius: ${bar_end}px; }

QMenuBar { background: $surface; color: $text; border: none; }
QMenuBar::item { padding: ${px4}px ${px10}px; background: transparent; border-radius: ${px4}px; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $surface; color: $text; border: 1px solid $border; padding: ${px4}px; }
QMenu::item { padding: ${px5}px ${px24}px ${px5}px ${px12}px; border-radius: ${px4}px; }
QMenu::item:selected { background: $accent_soft; }
QMenu::item:disabled { color: $disabled; }
QMenu::separator { height: 1px; background: $border; margin: ${px4}px ${px8}px; }
QMenu::icon { padding-left: ${px8}px; }
QMenu::indicator { width: ${px12}px; height: ${px12}px; left: ${px6}px; }
QMenu::indicator:checked { image: url("$icons/tick.svg"); }

QDockWidget { color: $text; font-weight: 600; titlebar-close-icon: url("$icons/close.svg");
              titlebar-normal-icon: url("$icons/float.svg"); }
QDockWidget::title { background: $surface; padding: ${px6}px ${px10}px; text-align: left;
                     border: none; border-top-left-radius: ${px6}px;
                     border-top-right-radius: ${px6}px; }
QDockWidget::close-button, QDockWidget::float-button { border: none; background: transparent;
    padding: ${px2}px; border-radius: ${px4}px; icon-size: ${px12}px; }
QDockWidget::close-button:hover, QDockWidget::float-button:hover { background: $hover; }

QTabBar { qproperty-drawBase: 0; background: transparent; }
QTabBar::tab { background: transparent; color: $muted; border: none;
               padding: ${px5}px ${px12}px; margin-right: ${px2}px; border-radius: ${px6}px; }
QTabBar::tab:hover { background: $hover; }
QTabBar::tab:selected { background: $surface; color: $text; }
QTabWidget::pane { border: none; }

QStatusBar { background: $surface; color: $muted; border-top: 1px solid $border; }
QStatusBar::item { border: none; }

QToolTip { background: $tooltip; color: $tooltip_text; border: 1px solid $border;
           padding: ${px4}px ${px6}px; }

QScrollArea { border: none; background: transparent; }
QScrollBar:vertical { background: transparent; width: ${px10}px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: ${px10}px; margin: 0; }
QScrollBar::handle { background: $border; border-radius: ${px3}px; margin: ${px2}px; }
QScrollBar::handle:vertical { min-height: ${px24}px; }
QScrollBar::handle:horizontal { min-width: ${px24}px; }
QScrollBar::handle:hover { background: $disabled; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: none; }

QTableView, QTreeView, QListView { color: $text; background: $field; border: 1px solid $border;
    border-radius: ${px6}px; gridline-color: $grid; outline: none;
    selection-background-color: $accent_soft; selection-color: $text; }
QHeaderView { background: $surface; border: none; }
QHeaderView::section { background: $surface; color: $muted; border: none;
    border-bottom: 1px solid $border; padding: ${px4}px ${cell}px; }
QTableView::item { padding: 0 ${px8}px; }
QTableCornerButton::section { background: $surface; border: none; }

QLabel#muted { color: $muted; }
QLabel#heading { font-weight: 600; }
QLabel#danger { color: $danger; }
QLabel#success { color: $success; }
""")

_CELL_MARGIN = 3
"""What Qt's Fusion style leaves beside the text of a cell, in pixels at any scale."""

_SIZES = {f"px{n}": n for n in (2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20, 24)}


def stylesheet(theme: Theme, scale: float) -> str:
    """Return the application's style sheet for a theme, lengths multiplied by ``scale``."""
    colors = {name: value for name, value in vars(theme).items() if isinstance(value, str)}
    sizes = {name: max(1, round(n * scale)) for name, n in _SIZES.items()}
    icons = resource_path("icons", theme.name).as_posix()
    # Qt moves the text of a cell, but not of a header, further in than the padding says.
    cell = sizes["px8"] + _CELL_MARGIN
    return _TEMPLATE.substitute(colors, icons=icons, cell=cell, **sizes, **_bar_sizes(sizes))


def _bar_sizes(sizes: dict[str, int]) -> dict[str, int]:
    """Return the sizes of bars and of the knobs on them, round at their ends."""
    bar = sizes["px4"]
    knob = bar + 2 * sizes["px5"]
    # Qt draws a corner square whose radius is more than half of a side, so these follow the sides.
    return {
        "bar": bar,
        "bar_end": bar // 2,
        "knob": knob - 2 * sizes["px2"],
        "knob_end": knob // 2,
    }
