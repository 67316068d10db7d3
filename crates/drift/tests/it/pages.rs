//! The search of a report's page: what the page lets a browser run, and what the script lists.

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use graphql_drift::report::html;
use graphql_drift::{Levels, compare};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::changes::version;

const SCRIPT: &str = include_str!("../../templates/report.js");

#[test]
fn the_page_allows_its_own_script_and_no_other() {
    let report = compare(&version("type Query { a: Int b: Int }"), &version("type Query { b: ID }"), Levels::Own, None);
    let page = html(&report).expect("a page");
    let (_, rest) = page.split_once("<script>").expect("a script");
    let (script, _) = rest.split_once("</script>").expect("its end");
    let hash = STANDARD.encode(Sha256::digest(script));
    assert!(page.contains(&format!("default-src 'none'; script-src 'sha256-{hash}'; style-src")), "{page}");
    for forbidden in ["</script", "innerHTML", "eval(", "fetch(", "import(", "onclick"] {
        assert!(!SCRIPT.contains(forbidden), "{forbidden}");
    }
    for part in ["id=\"search\"", "id=\"searching\" hidden", "id=\"found\"", "details class=\"card group\""] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn a_search_lists_what_contains_every_word() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let node = Command::new("node")
        .arg(folder.join("tests/peers/search.mjs"))
        .arg(folder.join("templates/report.js"))
        .args(["300", "", "removed", "TYPE7. removed", "  field299\t", "nothing like it", ""])
        .output();
    let Ok(done) = node else { return eprintln!("skipped: node is not installed") };
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let lines = String::from_utf8(done.stdout).expect("UTF-8");
    let found: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let state = |listed: u32, open: u32, found: &str| json!({ "drawn": 1, "listed": listed, "open": open, "found": found, "box": true });
    let all = state(3000, 1, "");
    let expected = [
        all.clone(),
        state(1500, 10, "1500 found"),
        state(150, 1, "150 found"),
        state(10, 10, "10 found"),
        state(0, 0, "0 found"),
        all,
    ];
    assert_eq!(found, expected);
}
