from pipeline.browse.arrange import fold, grouped, main_parts
from pipeline.browse.shown import Part, Report
from pipeline.browse.words import ROLES


def report(id, at, duplicate_of=None):
    return Report(
        article_id=id,
        at=at,
        source="s",
        title="t",
        kind="news",
        status=None,
        duplicate_of=duplicate_of,
        affected=None,
        url="",
    )


def part(id, role, count):
    return Part(
        article_id=1,
        source="s",
        base=0,
        stretch="",
        start=0,
        end=0,
        id=id,
        name=id,
        sector="other",
        role=role,
        count=count,
    )


def shape(moments):
    return [(m.report.article_id, [r.article_id for r in m.reprints]) for m in moments]


def test_reprints_lie_under_the_original_at_its_time_even_over_several_steps():
    reports = [report(1, "b"), report(2, "a", 1), report(3, "c", 2), report(4, "0")]
    assert shape(fold(reports)) == [(4, []), (1, [2, 3])]


def test_a_reprint_of_something_outside_the_incident_stands_by_itself():
    assert shape(fold([report(2, "a", 99)])) == [(2, [])]


def test_reprints_in_a_ring_still_appear_once_each():
    [(first, rest)] = shape(fold([report(1, "a", 2), report(2, "b", 1)]))
    assert sorted([first, *rest]) == [1, 2]


def test_an_organisation_appears_once_in_its_most_frequent_role():
    parts = [part("a", "other", 1), part("a", "affected", 3), part("b", "attacker", 1), part("b", "affected", 1)]
    assert [(p.id, p.role) for p in main_parts(parts)] == [("a", "affected"), ("b", "affected")]


def test_groups_come_in_the_order_of_the_vocabulary_and_unknown_ones_last():
    found = grouped(
        [part("a", "strange", 1), part("b", "attacker", 1), part("c", "affected", 1)], lambda p: p.role, ROLES
    )
    assert [role for role, _ in found] == ["affected", "attacker", "strange"]
