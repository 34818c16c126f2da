//! How a followed match fits a terminal: how many cells one character shows, whether the list of players has room, and
//! how many lines are left for what happened last.

/// Rows and columns of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Lines.
    pub rows: usize,
    /// Characters of a line.
    pub columns: usize,
}

/// The header and the empty lines around the board.
const FIXED_ROWS: usize = 3;
/// Lines of the feed, at most and at least.
const FEED_ROWS_MAX: usize = 6;
const FEED_ROWS_MIN: usize = 1;
/// Columns beside the board for the list of players, at most and at least.
const LIST_COLUMNS_MAX: usize = 34;
const LIST_COLUMNS_MIN: usize = 16;
/// Between the board and the list.
const GAP_COLUMNS: usize = 2;
/// Cells of the arena that one half of a character stands for, at most in each direction.
const SCALE_MAX: usize = 4;

/// Where everything goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Cells of the arena, in each direction, that one half of a character shows.
    pub scale: usize,
    /// Columns of the board.
    pub board_columns: usize,
    /// Lines of the board.
    pub board_rows: usize,
    /// Columns of the list of players; none without room for it.
    pub list_columns: Option<usize>,
    /// Lines of the feed.
    pub feed_rows: usize,
}

impl Layout {
    /// The largest board of an arena with this side that fits; none when not even the smallest does.
    pub(super) fn fitting(size: Size, side: u8) -> Option<Layout> {
        (1..=SCALE_MAX).find_map(|scale| {
            // With walls.
            let columns = (usize::from(side) + 2).div_ceil(scale);
            let rows = columns.div_ceil(2);
            let left = size.rows.checked_sub(FIXED_ROWS + rows)?;
            let beside = size.columns.checked_sub(columns)?;
            if left < FEED_ROWS_MIN {
                return None;
            }
            let list = beside.saturating_sub(GAP_COLUMNS).min(LIST_COLUMNS_MAX);
            Some(Layout {
                scale,
                board_columns: columns,
                board_rows: rows,
                list_columns: (list >= LIST_COLUMNS_MIN).then_some(list),
                feed_rows: left.min(FEED_ROWS_MAX),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rows: usize, columns: usize, side: u8, scale: Option<usize>, list: bool) {
        let size = Size { rows, columns };
        let layout = Layout::fitting(size, side);
        assert_eq!(layout.map(|layout| layout.scale), scale, "{size:?}, side {side}");
        if let Some(layout) = layout {
            assert_eq!(layout.list_columns.is_some(), list, "{layout:?}");
            assert!(FIXED_ROWS + layout.board_rows + layout.feed_rows <= rows);
            let beside = layout.list_columns.map_or(0, |list| list + GAP_COLUMNS);
            assert!(layout.board_columns + beside <= columns);
        }
    }

    #[test]
    fn report_55_the_usual_terminal_has_room_for_either_game() {
        let (blitz, siege) = (arena::Rules::BLITZ.arena_side, arena::Rules::SIEGE.arena_side);
        check(24, 80, blitz, Some(1), true);
        check(24, 60, blitz, Some(1), true);
        check(24, 40, blitz, Some(1), false);
        check(24, 80, siege, Some(2), true);
        check(60, 200, siege, Some(1), true);
        check(6, 80, blitz, None, false);
        check(24, 8, blitz, None, false);
    }
}
