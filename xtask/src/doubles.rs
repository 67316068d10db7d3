//! Crates in two versions: each takes time and space twice, and needs a reason in `deny.toml`.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

/// The crates of a lock file that are in two versions without a reason, and reasons that are none any more.
pub(crate) fn problems<'t>(lock: &'t Table, deny: &'t Table) -> Vec<String> {
    let packages = packages(lock);
    let mut versions: BTreeMap<&'t str, BTreeSet<&'t str>> = BTreeMap::new();
    for (name, version) in packages.keys() {
        versions.entry(name).or_default().insert(version);
    }
    let (mut excused, mut problems) = (BTreeSet::new(), Vec::new());
    for (section, is_tree) in [("skip", false), ("skip-tree", true)] {
        let entries = deny.get("bans").and_then(|bans| bans.get(section)?.as_array()).into_iter().flatten();
        for entry in entries {
            let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
            let known = text("crate").split_once('@').filter(|known| packages.contains_key(known));
            match known {
                _ if text("reason").is_empty() => {
                    problems.push(format!("deny.toml: `{}` has no reason", text("crate")));
                }
                Some((name, _)) if versions.get(name).is_none_or(|versions| versions.len() < 2) => {
                    problems.push(format!("deny.toml: `{}` is the only version: remove its reason", text("crate")));
                }
                Some(known) if is_tree => below(&packages, known, &mut excused),
                Some(known) => _ = excused.insert(known),
                None => problems.push(format!("deny.toml: `{}` is no crate in Cargo.lock", text("crate"))),
            }
        }
    }
    for (name, versions) in versions {
        let left: Vec<&str> = versions.into_iter().filter(|version| !excused.contains(&(name, version))).collect();
        if left.len() > 1 {
            let left = left.join(" and ");
            problems.push(format!("`{name}` is in the versions {left}: give the reason below `skip` in deny.toml"));
        }
    }
    problems
}

/// A crate and its version.
type Package<'l> = (&'l str, &'l str);

/// The packages of a lock file, each with the lines of its dependencies: the name, and the version if there are several.
fn packages(lock: &Table) -> BTreeMap<Package<'_>, Vec<&str>> {
    let all = lock.get("package").and_then(Value::as_array).into_iter().flatten();
    all.filter_map(package).collect()
}

fn package(entry: &Value) -> Option<(Package<'_>, Vec<&str>)> {
    let lines = entry.get("dependencies").and_then(Value::as_array).into_iter().flatten();
    let lines = lines.filter_map(Value::as_str).collect();
    Some(((entry.get("name")?.as_str()?, entry.get("version")?.as_str()?), lines))
}

/// Adds a package and everything below it.
fn below<'l>(packages: &BTreeMap<Package<'l>, Vec<&'l str>>, top: Package<'l>, into: &mut BTreeSet<Package<'l>>) {
    let Some(lines) = packages.get(&top).filter(|_| into.insert(top)) else { return };
    for line in lines {
        let (name, version) = line.split_once(' ').unwrap_or((line, ""));
        let mut all = packages.keys();
        if let Some(next) = all.find(|package| package.0 == name && (version.is_empty() || package.1 == version)) {
            below(packages, *next, into);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(deny: &str, expected: &[&str]) {
        let lock = r#"
            package = [
                { name = "a", version = "1.0.0", dependencies = ["b 1.0.0", "c"] },
                { name = "a", version = "2.0.0", dependencies = ["b 2.0.0"] },
                { name = "b", version = "1.0.0" },
                { name = "b", version = "2.0.0" },
                { name = "c", version = "1.0.0", dependencies = ["a 1.0.0"] },
            ]
        "#;
        assert_eq!(problems(&lock.parse().expect("TOML"), &deny.parse().expect("TOML")), expected, "{deny}");
    }

    #[test]
    fn a_second_version_needs_a_reason() {
        let (a, b) = ("`a` is in the versions 1.0.0 and 2.0.0", "`b` is in the versions 1.0.0 and 2.0.0");
        let help = "give the reason below `skip` in deny.toml";
        check("", &[&format!("{a}: {help}"), &format!("{b}: {help}")]);
        check(r#"bans = { skip = [{ crate = "a@1.0.0", reason = "x" }] }"#, &[&format!("{b}: {help}")]);
        check(r#"bans = { skip-tree = [{ crate = "a@1.0.0", reason = "x" }] }"#, &[]);
    }

    #[test]
    fn a_reason_is_of_a_crate_that_there_is() {
        let tree = r#"skip-tree = [{ crate = "a@1.0.0", reason = "x" }]"#;
        for (entry, problem) in [
            (r#"{ crate = "a@2.0.0" }"#, "deny.toml: `a@2.0.0` has no reason"),
            (r#"{ crate = "c@1.0.0", reason = "x" }"#, "deny.toml: `c@1.0.0` is the only version: remove its reason"),
            (r#"{ crate = "a@3.0.0", reason = "x" }"#, "deny.toml: `a@3.0.0` is no crate in Cargo.lock"),
            (r#"{ crate = "a", reason = "x" }"#, "deny.toml: `a` is no crate in Cargo.lock"),
        ] {
            check(&format!("bans = {{ {tree}, skip = [{entry}] }}"), &[problem]);
        }
    }
}
