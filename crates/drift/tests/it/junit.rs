//! `JUnit` XML by the rules of the two schemas that tools validate against: that of Ant and that of Jenkins. The rules are
//! written down here: which elements and attributes there are, in which order, and how many.

use graphql_drift::report::junit;
use graphql_drift::validate::Source;
use graphql_drift::{FailOn, Format, Levels, Operations, Validation, compare};
use roxmltree::{Document, Node};

use crate::changes::{cases, version};

/// An element: its attributes, each with whether it is required and a check of its value, and its children in order, each
/// with how many there may be.
struct Rule {
    element: &'static str,
    attributes: &'static [Attribute],
    children: &'static [(&'static [&'static str], usize, usize)],
    has_text: bool,
}

/// Its name, whether it is required, and a check of its value.
type Attribute = (&'static str, bool, fn(&str) -> bool);

const ANY: usize = usize::MAX;

fn text(_: &str) -> bool {
    true
}

fn name(value: &str) -> bool {
    !value.is_empty() && value.trim() == value && !value.contains(['\n', '\t'])
}

fn count(value: &str) -> bool {
    value.parse::<u64>().is_ok()
}

fn seconds(value: &str) -> bool {
    value.parse::<f64>().is_ok_and(|value| value >= 0.0)
}

/// `2026-11-22T10:00:00`, without a zone.
fn moment(value: &str) -> bool {
    value.len() == 19 && value.parse::<jiff::civil::DateTime>().is_ok()
}

const RULES: &[Rule] = &[
    Rule { element: "testsuites", attributes: &[], children: &[(&["testsuite"], 0, ANY)], has_text: false },
    Rule {
        element: "testsuite",
        attributes: &[
            ("name", true, name),
            ("package", true, name),
            ("id", true, count),
            ("timestamp", true, moment),
            ("hostname", true, name),
            ("tests", true, count),
            ("failures", true, count),
            ("errors", true, count),
            ("skipped", false, count),
            ("time", true, seconds),
        ],
        children: &[(&["properties"], 1, 1), (&["testcase"], 0, ANY), (&["system-out"], 1, 1), (&["system-err"], 1, 1)],
        has_text: false,
    },
    Rule { element: "properties", attributes: &[], children: &[], has_text: false },
    Rule {
        element: "testcase",
        attributes: &[("name", true, name), ("classname", true, name), ("time", true, seconds)],
        children: &[(&["skipped", "error", "failure"], 0, 1)],
        has_text: false,
    },
    Rule { element: "skipped", attributes: &[("message", false, text)], children: &[], has_text: false },
    Rule {
        element: "failure",
        attributes: &[("type", true, name), ("message", false, text)],
        children: &[],
        has_text: true,
    },
    Rule { element: "system-out", attributes: &[], children: &[], has_text: true },
    Rule { element: "system-err", attributes: &[], children: &[], has_text: true },
];

/// What breaks the rules below an element.
fn faults(node: Node<'_, '_>, found: &mut Vec<String>) {
    let element = node.tag_name().name();
    let Some(rule) = RULES.iter().find(|rule| rule.element == element) else {
        return found.push(format!("<{element}> is unknown"));
    };
    for attribute in node.attributes() {
        match rule.attributes.iter().find(|(name, ..)| *name == attribute.name()) {
            None => found.push(format!("<{element}> has the unknown attribute {}", attribute.name())),
            Some((_, _, is_right)) if !is_right(attribute.value()) => {
                found.push(format!("<{element} {}={:?}>", attribute.name(), attribute.value()));
            }
            Some(_) => {}
        }
    }
    for (name, _, _) in
        rule.attributes.iter().filter(|(name, is_required, _)| *is_required && !node.has_attribute(*name))
    {
        found.push(format!("<{element}> lacks {name}"));
    }
    let inner: String = node.children().filter(Node::is_text).filter_map(|node| node.text()).collect();
    if !rule.has_text && !inner.trim().is_empty() {
        found.push(format!("<{element}> has text"));
    }
    let mut children = node.children().filter(Node::is_element).peekable();
    for (names, least, most) in rule.children {
        let mut seen = 0;
        while let Some(child) = children.next_if(|child| names.contains(&child.tag_name().name())) {
            seen += 1;
            faults(child, found);
        }
        if seen < *least || seen > *most {
            found.push(format!("<{element}> has {seen} of {names:?}"));
        }
    }
    if let Some(left) = children.next() {
        found.push(format!("<{}> is out of place in <{element}>", left.tag_name().name()));
    }
}

fn check(xml: &str) {
    let document = Document::parse(xml).unwrap_or_else(|error| panic!("{error}: {xml}"));
    assert_eq!(document.root_element().tag_name().name(), "testsuites");
    let mut found = Vec::new();
    faults(document.root_element(), &mut found);
    for suite in document.root_element().children().filter(Node::is_element) {
        let number =
            |name: &str| suite.attribute(name).and_then(|value| value.parse::<usize>().ok()).unwrap_or_default();
        let of = |name: &str| suite.descendants().filter(|node| node.has_tag_name(name)).count();
        assert_eq!(
            (number("tests"), number("failures"), number("skipped")),
            (of("testcase"), of("failure"), of("skipped"))
        );
    }
    assert!(found.is_empty(), "{}\n{xml}", found.join("\n"));
}

#[test]
fn every_kind_of_change_follows_the_schemas_of_junit() {
    for case in cases() {
        let report = compare(&version(case.old), &version(case.new), Levels::Own, None);
        for fail_on in [FailOn::Any, FailOn::None] {
            check(&junit(&[&report, &report], fail_on));
        }
    }
    check(&junit(&[], FailOn::Any));
}

#[test]
fn what_a_server_says_breaks_no_xml() {
    let old = version("type Query { a: Int b: Int }");
    let new = version("type Query { \"]]> </failure><!-- & \\u0000 \\u001b \\uFFFF\" a: Int }");
    check(&junit(&[&compare(&old, &new, Levels::Own, None)], FailOn::Any));
    let query = Source { path: "a <b> & \"c\".graphql".to_owned(), text: "query A { a <".to_owned() };
    let findings = Operations::parse(&[query]).findings;
    assert!(!findings.is_empty());
    for findings in [findings, Vec::new()] {
        let validation = Validation { schema: "s & t".to_owned(), documents: 1, findings };
        check(&Format::Junit.validation(&validation).expect("XML"));
    }
}
