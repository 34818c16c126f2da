//! Lines of files and functions.

use std::path::{Path, PathBuf};

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// A function, with its first line and its length in lines.
#[derive(Debug)]
pub struct Function {
    pub name: String,
    pub line: usize,
    pub lines: usize,
}

/// Whether this is a test's file: a folder or a name says so.
pub fn is_test(path: &Path) -> bool {
    let stem = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    path.components()
        .any(|part| part.as_os_str() == "tests" || part.as_os_str() == "benches")
        || stem == "tests"
        || stem.ends_with("_tests")
}

/// All Rust files below a folder, sorted, without what was built.
pub fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).expect("a folder of the house can be read");
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            if path.is_dir() && name != "target" && name != "node_modules" && !name.starts_with('.') {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Every function of a file outside its `#[cfg(test)]` items, methods and nested ones included.
pub fn functions(file: &syn::File) -> Vec<Function> {
    let mut counter = Counter(Vec::new());
    counter.visit_file(file);
    counter.0
}

struct Counter(Vec<Function>);

impl Counter {
    fn note(&mut self, ident: &syn::Ident, whole: proc_macro2::Span) {
        let (first, last) = (ident.span().start().line, whole.end().line);
        self.0.push(Function {
            name: ident.to_string(),
            line: first,
            lines: last - first + 1,
        });
    }
}

impl<'ast> Visit<'ast> for Counter {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !crate::modules::is_for_tests(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.note(&item.sig.ident, item.block.span());
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.note(&item.sig.ident, item.block.span());
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.note(&item.sig.ident, block.span());
        }
        visit::visit_trait_item_fn(self, item);
    }
}
