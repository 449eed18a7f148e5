import pytest
from PySide6.QtCore import Qt

from playground.data.source import DATASETS
from playground.declarations import Declared, declare, settings_of
from playground.gui.panels.form import Form, KindField
from playground.models.activations import ACTIVATIONS
from playground.models.initializers import INITIALIZERS
from playground.models.losses import LOSSES
from playground.models.model import MODELS
from playground.optimizers.optimizer import OPTIMIZERS
from playground.training.experiment import Experiment

KINDS = [
    kind
    for registry in (DATASETS, MODELS, LOSSES, OPTIMIZERS, INITIALIZERS, ACTIVATIONS)
    for kind in registry
]


class Inner(Declared):
    size: int = declare(3, ge=1, slider=(1, 9), help="How many.")


class Every(Declared):
    """One setting of each form."""

    is_on: bool = declare(True, help="Whether.", live=True)
    name: str = declare("a", help="What.")
    rare: float = declare(0.5, ge=0, le=1, slider=(0, 1), advanced=True, help="Seldom.")
    inner: Inner = declare(default_factory=Inner, help="Within.")
    items: tuple[Inner, ...] = declare((Inner(),), help="Several.")
    words: tuple[str, ...] = declare((), help="Words.")


@pytest.fixture
def form(qtbot):
    form = Form(Every(), "part")
    form.edits = []
    form.edited.connect(lambda path, value: form.edits.append((path, value)))
    qtbot.addWidget(form)
    form.show()
    return form


def write(qtbot, box, text):
    box.selectAll()
    qtbot.keyClicks(box, text)
    qtbot.keyClick(box, Qt.Key.Key_Return)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_kind_builds_a_form_with_all_its_settings(qtbot, kind):
    form = Form(kind)
    qtbot.addWidget(form)
    assert set(form.fields) == {setting.name for setting in settings_of(kind)}
    if all(not info.is_required() for info in kind.model_fields.values()):
        form.show_value(kind())


def test_the_whole_experiment_builds_a_form_and_showing_it_emits_nothing(qtbot):
    form = Form(Experiment)
    qtbot.addWidget(form)
    with qtbot.assertNotEmitted(form.edited):
        form.show_value(Experiment())


def test_edits_come_with_their_full_path(qtbot, form):
    write(qtbot, form.fields["name"].editor.box, "b")
    write(qtbot, form.fields["inner"].form.fields["size"].editor.box, "4")
    write(qtbot, form.fields["items"].editor.rows[0].editors["size"].box, "5")
    write(qtbot, form.fields["words"].editor.box, "x, y")
    assert form.edits == [
        ("part.name", "b"),
        ("part.inner.size", 4),
        ("part.items.0.size", 5),
        ("part.words", ("x", "y")),
    ]


def test_values_go_in_without_a_signal(form):
    form.show_value(Every(is_on=False, name="c", inner=Inner(size=7), words=("z",)))
    assert not form.fields["is_on"].editor.button.isChecked()
    assert form.fields["name"].editor.box.text() == "c"
    assert form.fields["inner"].form.fields["size"].editor.value == 7
    assert form.fields["words"].editor.box.text() == "z"
    assert form.edits == []


def test_advanced_settings_are_folded_away(qtbot, form):
    assert not form.fields["rare"].isVisible()
    qtbot.mouseClick(form.more.header, Qt.MouseButton.LeftButton)
    assert form.fields["rare"].isVisible()


def test_a_restarting_setting_is_marked(form):
    marks = {
        name: [w.toolTip() for w in field.label.findChildren(type(field.label.text))]
        for name, field in form.fields.items()
        if hasattr(field, "label")
    }
    assert "restarts" in marks["name"]
    assert "restarts" not in marks["is_on"]


def test_a_refused_number_shows_the_bounds_at_the_control_until_the_next_edit(qtbot, form):
    form.fields["inner"].fold.set_open(True)
    field = form.fields["inner"].form.fields["size"]
    write(qtbot, field.editor.box, "0")
    assert field.complaint.text() == "must be ≥ 1, got 0"
    assert field.complaint.isVisible()
    write(qtbot, field.editor.box, "2")
    assert not field.complaint.isVisible()


def test_double_click_on_the_label_resets(qtbot, form):
    form.show_value(Every(inner=Inner(size=7)))
    label = form.fields["inner"].form.fields["size"].label
    qtbot.mouseDClick(label, Qt.MouseButton.LeftButton)
    assert form.edits == [("part.inner.size", 3)]


def test_a_filter_leaves_what_matches_and_opens_the_fold(form):
    assert form.filter("rare")
    assert form.fields["rare"].isVisible()
    assert not form.fields["name"].isVisible()
    assert not form.filter("nothing of this name")
    assert form.filter("")
    form.show()
    assert form.fields["name"].isVisible()
    assert not form.fields["rare"].isVisible()


def test_a_kind_chooser_holds_the_form_of_the_chosen_kind(qtbot):
    setting = next(s for s in settings_of(Experiment) if s.name == "optimizer")
    field = KindField(setting, "optimizer")
    edits = []
    field.edited.connect(lambda path, value: edits.append((path, value)))
    qtbot.addWidget(field)
    field.show()
    field.show_value(OPTIMIZERS["adam"]())
    form = field.form
    field.show_value(OPTIMIZERS["adam"](beta1=0.5))
    assert field.form is form
    assert form.fields["beta1"].editor.value == 0.5
    field.show_value(OPTIMIZERS["sgd"]())
    assert set(field.form.fields) == {s.name for s in settings_of(OPTIMIZERS["sgd"])}
    assert field.caption.text() == OPTIMIZERS["sgd"].summary()
    assert edits == []
    below = field.box.itemData(field.box.currentIndex() + 1)
    qtbot.keyClick(field.box, Qt.Key.Key_Down)
    assert edits == [("optimizer.kind", below)]
