//! The files of one crate, and which file takes names from which.
//!
//! A file takes a name from the file that *defines* it: a name that another file merely hands on with `pub use` is
//! looked up behind it. Declaring a module (`mod x;`) and handing its names on is not taking. What stands under
//! `#[cfg(test)]` does not count.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::UseTree;

type ModulePath = Vec<String>;

/// One module: a file, or an inline `mod` in one.
#[derive(Default)]
struct Module {
    file: usize,
    /// Names of items that are defined here.
    defined: BTreeSet<String>,
    children: BTreeSet<String>,
    /// Every name that `use` brings in, with the path it stands for.
    imports: BTreeMap<String, Vec<String>>,
    /// Those of them that are handed on (`pub use`).
    handed_on: BTreeSet<String>,
    globs: Vec<Vec<String>>,
    /// Paths that are written out in the code and begin with `crate`, `self`, `super` or a name in scope.
    taken: BTreeSet<Vec<String>>,
}

impl Module {
    /// Whether an imported name is handed on and not used here.
    fn only_hands_on(&self, name: &str) -> bool {
        self.handed_on.contains(name)
            && !self
                .taken
                .iter()
                .any(|path| path.first().is_some_and(|word| word == name))
    }
}

/// The files of a crate and the ties between them.
#[derive(Default)]
pub struct Crate {
    pub files: Vec<PathBuf>,
    modules: BTreeMap<ModulePath, Module>,
}

/// Names that one file takes from another.
pub type Ties = BTreeMap<(usize, usize), BTreeSet<String>>;

/// Whether an item exists for tests alone.
pub fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && matches!(&attribute.meta, syn::Meta::List(list) if list.tokens.to_string() == "test")
    })
}

impl Crate {
    /// Reads a crate from its root file.
    ///
    /// # Panics
    /// If a file cannot be read or is not Rust.
    pub fn read(root: &Path) -> Self {
        let mut house = Self::default();
        house.file(root, Vec::new(), root.parent().expect("a root lies in a folder"));
        house
    }

    fn file(&mut self, path: &Path, module: ModulePath, children_in: &Path) {
        let text =
            std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        self.files.push(path.to_owned());
        let file = self.files.len() - 1;
        self.items(file, path, &syntax.items, module, children_in);
    }

    fn items(
        &mut self,
        file: usize,
        path: &Path,
        items: &[syn::Item],
        module: ModulePath,
        children_in: &Path,
    ) {
        let mut room = Module {
            file,
            ..Module::default()
        };
        for item in items {
            match item {
                syn::Item::Mod(child) if !is_for_tests(&child.attrs) => {
                    let name = child.ident.to_string();
                    room.children.insert(name.clone());
                    let mut below = module.clone();
                    below.push(name.clone());
                    let folder = children_in.join(&name);
                    match &child.content {
                        Some((_, items)) => self.items(file, path, items, below, &folder),
                        None => {
                            let (path, folder) = child_file(path, children_in, child);
                            self.file(&path, below, &folder);
                        }
                    }
                }
                syn::Item::Use(item) if !is_for_tests(&item.attrs) => {
                    let before: BTreeSet<String> = room.imports.keys().cloned().collect();
                    import(&mut room, &item.tree, Vec::new());
                    if !matches!(item.vis, syn::Visibility::Inherited) {
                        let new = room.imports.keys().filter(|name| !before.contains(*name));
                        room.handed_on.extend(new.cloned().collect::<Vec<_>>());
                    }
                }
                other => {
                    if let Some(name) = name_of(other) {
                        room.defined.insert(name);
                    }
                    Paths(&mut room.taken).visit_item(other);
                }
            }
        }
        self.modules.insert(module, room);
    }

    /// Which file takes which names from which.
    pub fn ties(&self) -> Ties {
        let mut ties = Ties::new();
        for (path, module) in &self.modules {
            let mut used = module.taken.clone();
            used.extend(
                module
                    .imports
                    .iter()
                    .filter(|(name, _)| !module.only_hands_on(name))
                    .map(|(_, path)| path.clone()),
            );
            for words in used {
                if let Some((file, name)) = self.resolve(path, &words, 0) {
                    if file != module.file {
                        ties.entry((module.file, file)).or_default().insert(name);
                    }
                }
            }
        }
        ties
    }

    /// The file that defines what a path names, as seen from a module.
    fn resolve(&self, from: &[String], words: &[String], depth: usize) -> Option<(usize, String)> {
        if depth > 16 {
            return None;
        }
        let (mut at, mut rest) = match words.first()?.as_str() {
            "crate" => (Vec::new(), &words[1..]),
            "self" => (from.to_vec(), &words[1..]),
            "super" => (parent(from)?, &words[1..]),
            first => {
                let module = self.modules.get(from)?;
                // A module alone is no value and no type: one word that is also a child's name means something else.
                if words.len() > 1 && module.children.contains(first) {
                    (from.to_vec(), words)
                } else if let Some(import) = module.imports.get(first) {
                    if import.as_slice() == words {
                        return None;
                    }
                    let whole: Vec<String> = import.iter().chain(&words[1..]).cloned().collect();
                    return self.resolve(from, &whole, depth + 1);
                } else if module.defined.contains(first) {
                    return None;
                } else {
                    return module.globs.iter().find_map(|glob| {
                        let whole: Vec<String> = glob.iter().chain(words).cloned().collect();
                        self.resolve(from, &whole, depth + 1)
                    });
                }
            }
        };
        while rest.first().is_some_and(|word| word == "super") {
            at = parent(&at)?;
            rest = &rest[1..];
        }
        self.descend(at, rest, depth)
    }

    fn descend(&self, mut at: ModulePath, mut rest: &[String], depth: usize) -> Option<(usize, String)> {
        loop {
            let module = self.modules.get(&at)?;
            let Some(word) = rest.first() else {
                return Some((
                    module.file,
                    at.last().cloned().unwrap_or_else(|| "crate".to_owned()),
                ));
            };
            if module.children.contains(word) {
                at.push(word.clone());
                rest = &rest[1..];
                continue;
            }
            if module.defined.contains(word) {
                return Some((module.file, word.clone()));
            }
            if let Some(import) = module.imports.get(word) {
                let whole: Vec<String> = import.iter().chain(&rest[1..]).cloned().collect();
                return self.resolve(&at, &whole, depth + 1);
            }
            return module.globs.iter().find_map(|glob| {
                let whole: Vec<String> = glob.iter().chain(rest).cloned().collect();
                self.resolve(&at, &whole, depth + 1)
            });
        }
    }
}

fn parent(module: &[String]) -> Option<ModulePath> {
    module.split_last().map(|(_, above)| above.to_vec())
}

/// Where `mod name;` finds its file, and where that file's own children lie.
fn child_file(path: &Path, children_in: &Path, child: &syn::ItemMod) -> (PathBuf, PathBuf) {
    let name = child.ident.to_string();
    let named = child.attrs.iter().find_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(text),
                ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    if let Some(named) = named {
        let file = path.parent().expect("a file lies in a folder").join(named);
        let folder = file.parent().expect("a file lies in a folder").to_owned();
        return (file, folder);
    }
    let folder = children_in.join(&name);
    let flat = children_in.join(format!("{name}.rs"));
    match flat.exists() {
        true => (flat, folder),
        false => (folder.join("mod.rs"), folder),
    }
}

fn import(room: &mut Module, tree: &UseTree, mut path: Vec<String>) {
    match tree {
        UseTree::Path(part) => {
            path.push(part.ident.to_string());
            import(room, &part.tree, path);
        }
        UseTree::Name(part) if part.ident == "self" => {
            if let Some(name) = path.last().cloned() {
                room.imports.insert(name, path);
            }
        }
        UseTree::Name(part) => {
            path.push(part.ident.to_string());
            room.imports.insert(part.ident.to_string(), path);
        }
        UseTree::Rename(part) => {
            path.push(part.ident.to_string());
            room.imports.insert(part.rename.to_string(), path);
        }
        UseTree::Glob(_) => room.globs.push(path),
        UseTree::Group(group) => {
            for tree in &group.items {
                import(room, tree, path.clone());
            }
        }
    }
}

fn name_of(item: &syn::Item) -> Option<String> {
    let ident = match item {
        syn::Item::Const(item) => &item.ident,
        syn::Item::Enum(item) => &item.ident,
        syn::Item::Fn(item) => &item.sig.ident,
        syn::Item::Static(item) => &item.ident,
        syn::Item::Struct(item) => &item.ident,
        syn::Item::Trait(item) => &item.ident,
        syn::Item::Type(item) => &item.ident,
        syn::Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

/// Collects every path of an item, outside what exists for tests alone.
struct Paths<'a>(&'a mut BTreeSet<Vec<String>>);

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    /// `pub(super)` names who may see, not what is taken.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.0
            .insert(path.segments.iter().map(|part| part.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    /// Macros hide their paths from the parser: their tokens are read for `a::b` and for bare names.
    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        let mut words: Vec<String> = Vec::new();
        collect(item.tokens.clone(), &mut words, self.0);
        visit::visit_macro(self, item);
    }
}

fn collect(tokens: proc_macro2::TokenStream, words: &mut Vec<String>, taken: &mut BTreeSet<Vec<String>>) {
    use proc_macro2::TokenTree;
    let mut colons = 0;
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                if colons != 2 && !words.is_empty() {
                    taken.insert(std::mem::take(words));
                }
                words.push(ident.to_string());
                colons = 0;
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
            TokenTree::Group(group) => {
                flush(words, taken);
                colons = 0;
                collect(group.stream(), &mut Vec::new(), taken);
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {
                flush(words, taken);
                colons = 0;
            }
        }
    }
    flush(words, taken);
}

fn flush(words: &mut Vec<String>, taken: &mut BTreeSet<Vec<String>>) {
    if !words.is_empty() {
        taken.insert(std::mem::take(words));
    }
}
