//! Groups of files that take names from each other, however many steps it takes.
//!
//! Tarjan's strongly connected components, "Depth-First Search and Linear Graph Algorithms", SIAM J. Comput. 1 (1972).

use std::collections::BTreeMap;

/// For each file, by its index, the files that it takes names from.
pub type Edges = BTreeMap<usize, Vec<usize>>;

/// The groups of two files or more in which each reaches every other.
pub fn circles(count: usize, edges: &Edges) -> Vec<Vec<usize>> {
    let mut search = Search {
        edges,
        order: vec![None; count],
        low: vec![0; count],
        stack: Vec::new(),
        is_stacked: vec![false; count],
        next: 0,
        found: Vec::new(),
    };
    for file in 0..count {
        if search.order[file].is_none() {
            search.visit(file);
        }
    }
    search.found
}

struct Search<'a> {
    edges: &'a Edges,
    order: Vec<Option<usize>>,
    low: Vec<usize>,
    stack: Vec<usize>,
    is_stacked: Vec<bool>,
    next: usize,
    found: Vec<Vec<usize>>,
}

impl Search<'_> {
    fn visit(&mut self, file: usize) {
        let mine = self.next;
        self.next += 1;
        self.order[file] = Some(mine);
        self.low[file] = mine;
        self.stack.push(file);
        self.is_stacked[file] = true;
        for &other in self.edges.get(&file).map_or(&[][..], Vec::as_slice) {
            match self.order[other] {
                None => {
                    self.visit(other);
                    self.low[file] = self.low[file].min(self.low[other]);
                }
                Some(order) if self.is_stacked[other] => self.low[file] = self.low[file].min(order),
                Some(_) => {}
            }
        }
        if self.low[file] == mine {
            self.close(file);
        }
    }

    /// Takes the group whose first file this is off the stack.
    fn close(&mut self, first: usize) {
        let mut group = Vec::new();
        while let Some(file) = self.stack.pop() {
            self.is_stacked[file] = false;
            group.push(file);
            if file == first {
                break;
            }
        }
        if group.len() > 1 {
            group.sort_unstable();
            self.found.push(group);
        }
    }
}
