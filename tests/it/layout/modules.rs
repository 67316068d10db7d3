//! Which modules of a crate know each other, read from the paths in its source.
//!
//! A path that begins with `crate`, `super` or `self` is followed through re-exports to the module that defines its item.
//! Modules in test code and paths in macros of other crates do not count.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The path of a module from the root of its crate; empty for the root.
type Module = Vec<String>;

/// The modules of a crate.
#[derive(Default)]
pub(super) struct Modules {
    /// The paths that each module uses, from the root of the crate.
    uses: BTreeMap<Module, BTreeSet<Vec<String>>>,
    /// The names that each module imports, with what they stand for.
    imports: BTreeMap<Module, BTreeMap<String, Vec<String>>>,
}

impl Modules {
    /// Reads the files below a folder whose root is `lib.rs` or `main.rs`.
    pub(super) fn read(folder: &Path) -> Self {
        let mut modules = Self::default();
        let mut files = Vec::new();
        super::collect(folder, folder, &mut files);
        let texts: Vec<(Module, String)> = files.into_iter().map(|(name, text)| (module_of(&name), text)).collect();
        let known: BTreeSet<Module> = texts.iter().map(|(module, _)| module.clone()).collect();
        for (module, text) in &texts {
            let tokens: TokenStream = text.parse().expect("Rust");
            modules.uses.entry(module.clone()).or_default();
            let mut file = File { module, known: &known, modules: &mut modules };
            file.items(tokens);
        }
        modules
    }

    /// The module that defines what a path names.
    fn resolve(&self, path: &[String], depth: usize) -> Module {
        let longest = (0..=path.len()).rev().find(|length| self.uses.contains_key(&path[..*length])).unwrap_or(0);
        let module = path[..longest].to_vec();
        let import = path.get(longest).and_then(|name| self.imports.get(&module)?.get(name));
        match import {
            Some(target) if depth < 8 && *target != path[..=longest] => {
                let rest = path[longest + 1..].iter().cloned();
                self.resolve(&target.iter().cloned().chain(rest).collect::<Vec<_>>(), depth + 1)
            }
            _ => module,
        }
    }

    /// The siblings that know each other, each with the siblings that it knows; by their parent.
    fn siblings(&self) -> BTreeMap<Module, BTreeMap<String, BTreeSet<String>>> {
        let mut siblings: BTreeMap<Module, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
        for (module, paths) in &self.uses {
            for path in paths {
                let target = self.resolve(path, 0);
                let common = module.iter().zip(&target).take_while(|(own, other)| own == other).count();
                // A parent and its children may know each other.
                if let (Some(own), Some(other)) = (module.get(common), target.get(common)) {
                    let parent = siblings.entry(module[..common].to_vec()).or_default();
                    parent.entry(own.clone()).or_default().insert(other.clone());
                }
            }
        }
        siblings
    }

    /// Circles of siblings: the parent, and one way around.
    pub(super) fn circles(&self) -> Vec<String> {
        let mut circles = Vec::new();
        for (parent, knows) in self.siblings() {
            for start in knows.keys() {
                if let Some(way) = way_back(&knows, start) {
                    circles.push(format!("{}: {}", parent.join("::"), way.join(" -> ")));
                }
            }
        }
        circles
    }
}

/// The shortest way from a module back to itself that begins at its smallest name, so that each circle comes once.
fn way_back(knows: &BTreeMap<String, BTreeSet<String>>, start: &String) -> Option<Vec<String>> {
    let mut ways = vec![vec![start.clone()]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in knows.get(way.last()?).into_iter().flatten().filter(|next| *next >= start) {
                let way: Vec<String> = way.iter().chain([next]).cloned().collect();
                if next == start {
                    return Some(way);
                }
                if seen.insert(next.clone()) {
                    longer.push(way);
                }
            }
        }
        ways = longer;
    }
    None
}

/// `send/retry.rs` is the module `send::retry`.
fn module_of(file: &str) -> Module {
    let name = file.strip_suffix(".rs").expect("a Rust file");
    let segments = name.split('/').filter(|segment| !matches!(*segment, "lib" | "main" | "mod"));
    segments.map(str::to_owned).collect()
}

/// A file that is read.
struct File<'f> {
    module: &'f Module,
    known: &'f BTreeSet<Module>,
    modules: &'f mut Modules,
}

impl File<'_> {
    /// Reads tokens: `use` items, and all other paths.
    fn items(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut place = 0;
        while place < tokens.len() {
            place = match &tokens[place] {
                TokenTree::Punct(punct) if punct.as_char() == '#' && is_test_attribute(tokens.get(place + 1)) => {
                    self.skip_item(&tokens, place + 2)
                }
                TokenTree::Ident(ident) if *ident == "use" => self.import(&tokens, place + 1),
                TokenTree::Ident(_) => self.path(&tokens, place),
                TokenTree::Group(group) => {
                    self.items(group.stream());
                    place + 1
                }
                _ => place + 1,
            };
        }
    }

    /// Skips the item behind an attribute: up to its braces or its semicolon.
    fn skip_item(&self, tokens: &[TokenTree], from: usize) -> usize {
        let is_end = |token: &TokenTree| match token {
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            TokenTree::Punct(punct) => punct.as_char() == ';',
            _ => false,
        };
        tokens.iter().skip(from).position(is_end).map_or(tokens.len(), |end| from + end + 1)
    }

    fn import(&mut self, tokens: &[TokenTree], from: usize) -> usize {
        let end = self.skip_to_semicolon(tokens, from);
        for (path, name) in use_tree(&tokens[from..end], &[]) {
            if let Some(path) = self.absolute(&path) {
                self.modules.imports.entry(self.module.clone()).or_default().insert(name, path.clone());
                self.modules.uses.entry(self.module.clone()).or_default().insert(path);
            }
        }
        end + 1
    }

    fn skip_to_semicolon(&self, tokens: &[TokenTree], from: usize) -> usize {
        let is_end = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';');
        tokens.iter().skip(from).position(is_end).map_or(tokens.len(), |end| from + end)
    }

    /// Reads a path outside of a `use` item.
    fn path(&mut self, tokens: &[TokenTree], from: usize) -> usize {
        let mut path = Vec::new();
        let mut place = from;
        while let Some(TokenTree::Ident(ident)) = tokens.get(place) {
            path.push(ident.to_string());
            place += 1;
            if !is_colons(tokens, place) {
                break;
            }
            place += 2;
        }
        if matches!(path[0].as_str(), "crate" | "super" | "self")
            && path.len() > 1
            && let Some(path) = self.absolute(&path)
        {
            self.modules.uses.entry(self.module.clone()).or_default().insert(path);
        }
        place.max(from + 1)
    }

    /// A path from the root of the crate; `None` for one of another crate.
    fn absolute(&self, path: &[String]) -> Option<Vec<String>> {
        let mut base = self.module.clone();
        let mut rest = path;
        match rest.first()?.as_str() {
            "crate" => {
                base.clear();
                rest = &rest[1..];
            }
            "self" => rest = &rest[1..],
            "super" => {
                while rest.first().is_some_and(|segment| segment == "super") {
                    base.pop();
                    rest = &rest[1..];
                }
            }
            child => {
                base.push(child.to_owned());
                if !self.known.contains(&base) {
                    return None;
                }
                rest = &rest[1..];
            }
        }
        Some(base.into_iter().chain(rest.iter().cloned()).collect())
    }
}

fn is_colons(tokens: &[TokenTree], place: usize) -> bool {
    let is_colon = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    is_colon(tokens.get(place)) && is_colon(tokens.get(place + 1))
}

fn is_test_attribute(token: Option<&TokenTree>) -> bool {
    let Some(TokenTree::Group(group)) = token else { return false };
    group.stream().to_string().replace(' ', "") == "cfg(test)"
}

/// The paths of a use tree, each with the name that it gets.
fn use_tree(tokens: &[TokenTree], before: &[String]) -> Vec<(Vec<String>, String)> {
    let mut found = Vec::new();
    for tree in tokens.split(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')) {
        let mut path = before.to_vec();
        let mut name = None;
        let mut is_renamed = false;
        for token in tree {
            match token {
                TokenTree::Ident(ident) if *ident == "as" => is_renamed = true,
                TokenTree::Ident(ident) if is_renamed => name = Some(ident.to_string()),
                TokenTree::Ident(ident) if *ident == "self" && !path.is_empty() => {}
                TokenTree::Ident(ident) => path.push(ident.to_string()),
                TokenTree::Group(group) => {
                    found.extend(use_tree(&group.stream().into_iter().collect::<Vec<_>>(), &path));
                    path.clear();
                }
                _ => {}
            }
        }
        if let Some(last) = path.last().cloned().filter(|_| path.len() > before.len() || !before.is_empty()) {
            found.push((path, name.unwrap_or(last)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modules(files: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("created");
            std::fs::write(path, text).expect("written");
        }
        Modules::read(folder.path()).circles()
    }

    #[test]
    fn circles_are_found_through_reexports_and_paths() {
        let root = "mod a; mod b; pub use a::{Thing, inner::Deep as Renamed};";
        let a = "mod inner; pub struct Thing; use crate::b::Other;";
        assert_eq!(modules(&[("lib.rs", root), ("a.rs", a), ("b.rs", "pub struct Other;")]), [""; 0]);
        let expected = [": a -> b -> a"];
        for b in [
            "use crate::Thing;",
            "use crate::{Renamed};",
            "fn f() { super::a::g() }",
            "fn f(_: crate::a::inner::Deep) {}",
        ] {
            let files = [("lib.rs", root), ("a.rs", a), ("a/inner.rs", ""), ("b.rs", b)];
            assert_eq!(modules(&files), expected, "{b}");
        }
        let tested = "#[cfg(test)] mod tests { use crate::a::Thing; } // crate::a";
        assert_eq!(modules(&[("lib.rs", root), ("a.rs", a), ("b.rs", tested)]), [""; 0]);
    }

    #[test]
    fn a_parent_and_its_children_may_know_each_other() {
        let files = [("lib.rs", "mod a; pub struct Root;"), ("a.rs", "mod c; mod d; pub use c::C; use crate::Root;")];
        let children = [("a/c.rs", "use super::Own; pub struct C;"), ("a/d.rs", "use super::C;")];
        assert_eq!(modules(&[&files[..], &children[..]].concat()), [""; 0]);
        let circle = [("a/c.rs", "use super::d::D; pub struct C;"), ("a/d.rs", "use super::C; pub struct D;")];
        assert_eq!(modules(&[&files[..], &circle[..]].concat()), ["a: c -> d -> c"]);
    }
}
