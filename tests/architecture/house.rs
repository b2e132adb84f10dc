//! The sources as a graph: which file uses which.
//!
//! Each file is parsed; the paths of its `use` items and of its code are followed through re-exports to the file that defines
//! the item. Items under `#[cfg(test)]`, comments and strings do not count, and a re-export (`pub use`) is no use.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Block, Ident, ImplItemFn, Item, ItemFn, ItemMod, ItemUse, Signature, TraitItemFn, UseTree, Visibility,
};

/// A path from the root of the crate: `[transport, line, sort]`.
pub type Name = Vec<String>;

/// The contents of one file.
pub struct File {
    /// Its place below `src`, with `/`.
    pub place: String,
    /// The paths it uses, from the root of the crate.
    pub uses: BTreeSet<Name>,
    /// What it passes on: a name, and the path where that comes from. The name `*` stands for everything.
    exports: Vec<(String, Name)>,
    /// Names of the items it defines.
    items: BTreeSet<String>,
    /// Macros of the standard library that touch the world, and paths into `std`.
    pub std: BTreeSet<String>,
    /// Its functions, and how many lines each has from `fn` to its last brace.
    pub functions: Vec<(String, usize)>,
    /// The types that other files can see.
    pub types: Vec<String>,
}

/// The files of a crate by module.
pub struct House(pub BTreeMap<Name, File>);

impl House {
    /// Reads every source below a folder.
    pub fn read(root: &Path) -> Self {
        let mut files = BTreeMap::new();
        let mut folders = vec![root.to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "rs") {
                    let place = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                    let file = File::parse(&place, &fs::read_to_string(&path).unwrap());
                    files.insert(module(&place), file);
                }
            }
        }
        Self(files)
    }

    /// The house of the given files.
    pub fn of(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(place, source)| (module(place), File::parse(place, source))).collect())
    }

    /// The module of the file that defines what a path names.
    fn definer(&self, path: &[String], hops: usize) -> Option<Name> {
        let depth = (0..=path.len()).rev().find(|&k| self.0.contains_key(&path[..k]))?;
        let module = path[..depth].to_vec();
        let file = &self.0[&module];
        let Some(item) = path.get(depth) else { return Some(module) };
        if hops < 8 && !file.items.contains(item) {
            for (name, from) in &file.exports {
                let mut from = from.clone();
                if name == "*" {
                    from.push(item.clone());
                    let target = self.definer(&from, hops + 1);
                    if target.as_ref().is_some_and(|t| self.0[t].items.contains(item)) {
                        return target;
                    }
                } else if name == item {
                    from.extend(path[depth + 1..].iter().cloned());
                    return self.definer(&from, hops + 1);
                }
            }
        }
        Some(module)
    }

    /// Every arrow from a file to another one that it uses.
    pub fn arrows(&self) -> BTreeSet<(&Name, Name)> {
        let mut arrows = BTreeSet::new();
        for (module, file) in &self.0 {
            for used in &file.uses {
                if let Some(target) = self.definer(used, 0).filter(|target| target != module) {
                    arrows.insert((module, target));
                }
            }
        }
        arrows
    }
}

/// `score/frechet.rs` is `[score, frechet]`, `score/mod.rs` is `[score]`, `lib.rs` is `[]`.
fn module(place: &str) -> Name {
    let mut parts: Name = place.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if matches!(parts.last().map(String::as_str), Some("mod" | "lib")) {
        parts.pop();
    }
    parts
}

impl File {
    fn parse(place: &str, source: &str) -> Self {
        let syntax = syn::parse_file(source).unwrap_or_else(|e| panic!("{place}: {e}"));
        let file = Self {
            place: place.to_owned(),
            uses: BTreeSet::new(),
            exports: Vec::new(),
            items: BTreeSet::new(),
            std: BTreeSet::new(),
            functions: Vec::new(),
            types: syntax.items.iter().filter_map(visible_type).map(Ident::to_string).collect(),
        };
        let children = syntax.items.iter().filter_map(child).collect();
        let mut reader = Reader { file, module: module(place), children };
        syntax.items.iter().filter_map(item_name).for_each(|name| {
            reader.file.items.insert(name);
        });
        reader.visit_file(&syntax);
        reader.file
    }
}

struct Reader {
    file: File,
    /// Where the code being read stands: the module of the file and the modules within it.
    module: Name,
    /// The modules that the file declares and other files hold: a path may begin with their names.
    children: BTreeSet<String>,
}

impl Reader {
    /// The path from the root, if it leads into this crate.
    fn absolute(&self, path: &[String]) -> Option<Name> {
        let supers = path.iter().take_while(|s| *s == "super").count();
        match path.first()?.as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => Some([&self.module, &path[1..]].concat()),
            "super" => {
                let base = self.module.len().checked_sub(supers)?;
                Some([&self.module[..base], &path[supers..]].concat())
            }
            child if self.children.contains(child) => Some([&self.module[..], path].concat()),
            _ => None,
        }
    }

    fn note(&mut self, path: &[String]) {
        if path.first().is_some_and(|s| s == "std") && path.len() > 1 {
            self.file.std.insert(path[..2].join("::"));
        }
        if let Some(used) = self.absolute(path) {
            self.file.uses.insert(used);
        }
    }

    fn measure(&mut self, signature: &Signature, block: &Block) {
        let first = signature.fn_token.span.start().line;
        let last = block.brace_token.span.close().end().line;
        self.file.functions.push((signature.ident.to_string(), last - first + 1));
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        if !attributes(item).iter().any(is_test) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.measure(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.measure(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        function.default.iter().for_each(|block| self.measure(&function.sig, block));
        visit::visit_trait_item_fn(self, function);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if item.content.is_some() {
            self.module.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let mut leaves = Vec::new();
        flatten(&item.tree, &mut Vec::new(), &mut leaves);
        for (name, path) in leaves {
            if matches!(item.vis, Visibility::Inherited) {
                self.note(&path);
            } else {
                // a path without `crate`, `self` or `super` starts at a child module
                let from = self.absolute(&path).unwrap_or_else(|| [&self.module[..], &path].concat());
                self.file.exports.push((name, from));
            }
        }
    }

    /// `pub(super)` says who may see an item, not whom the item uses.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let words: Name = path.segments.iter().map(|s| s.ident.to_string()).collect();
        self.note(&words);
        visit::visit_path(self, path);
    }

    /// The arguments of a macro are tokens: paths are found among them.
    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if let Some(name) = call.path.segments.last() {
            self.file.std.insert(format!("{}!", name.ident));
        }
        for path in paths_in(&call.tokens.to_string()) {
            self.note(&path);
        }
        visit::visit_macro(self, call);
    }
}

/// The paths that a text of separated tokens holds.
fn paths_in(tokens: &str) -> Vec<Name> {
    let joined = tokens.replace(" :: ", "::").replace(":: ", "::");
    let words = joined.split(|c: char| !c.is_alphanumeric() && !"_:".contains(c));
    words.filter(|word| word.contains("::")).map(|word| word.split("::").map(str::to_owned).collect()).collect()
}

/// Each name that a `use` brings, with its path.
fn flatten(tree: &UseTree, prefix: &mut Name, into: &mut Vec<(String, Name)>) {
    match tree {
        UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            flatten(&path.tree, prefix, into);
            prefix.pop();
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, prefix, into)),
        UseTree::Glob(_) => into.push(("*".to_owned(), prefix.clone())),
        UseTree::Name(name) if name.ident == "self" => {
            into.push((prefix.last().cloned().unwrap_or_default(), prefix.clone()));
        }
        UseTree::Name(name) => into.push((name.ident.to_string(), [&prefix[..], &[name.ident.to_string()]].concat())),
        UseTree::Rename(as_name) => {
            let path = if as_name.ident == "self" {
                prefix.clone()
            } else {
                [&prefix[..], &[as_name.ident.to_string()]].concat()
            };
            into.push((as_name.rename.to_string(), path));
        }
    }
}

fn is_test(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute
            .meta
            .require_list()
            .is_ok_and(|list| matches!(list.tokens.to_string().as_str(), "test" | "doctest"))
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(i) => &i.attrs,
        Item::Enum(i) => &i.attrs,
        Item::Fn(i) => &i.attrs,
        Item::Impl(i) => &i.attrs,
        Item::Macro(i) => &i.attrs,
        Item::Mod(i) => &i.attrs,
        Item::Static(i) => &i.attrs,
        Item::Struct(i) => &i.attrs,
        Item::Trait(i) => &i.attrs,
        Item::Type(i) => &i.attrs,
        Item::Use(i) => &i.attrs,
        _ => &[],
    }
}

/// The name of a module whose code is in a file of its own.
fn child(item: &Item) -> Option<String> {
    match item {
        Item::Mod(i) if i.content.is_none() => Some(i.ident.to_string()),
        _ => None,
    }
}

fn item_name(item: &Item) -> Option<String> {
    Some(match item {
        Item::Const(i) => i.ident.to_string(),
        Item::Enum(i) => i.ident.to_string(),
        Item::Fn(i) => i.sig.ident.to_string(),
        Item::Macro(i) => i.ident.as_ref()?.to_string(),
        Item::Static(i) => i.ident.to_string(),
        Item::Struct(i) => i.ident.to_string(),
        Item::Trait(i) => i.ident.to_string(),
        Item::Type(i) => i.ident.to_string(),
        _ => return None,
    })
}

/// The name of a type that other files can see.
fn visible_type(item: &Item) -> Option<&Ident> {
    let (visibility, name) = match item {
        Item::Enum(i) => (&i.vis, &i.ident),
        Item::Struct(i) => (&i.vis, &i.ident),
        Item::Trait(i) => (&i.vis, &i.ident),
        _ => return None,
    };
    (!matches!(visibility, Visibility::Inherited) && !attributes(item).iter().any(is_test)).then_some(name)
}
