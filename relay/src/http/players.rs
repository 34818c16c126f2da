//! `/api/players` and `/api/leaderboard`, in pages.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::Json;
use protocol::api::{Leaderboard, PlayerPage};
use protocol::{MatchKey, PublicKey, WalletKey};
use store::{LeaderboardFilter, Page};

use super::archive;
use super::query::{cut, key, limit, number, only, path_key, Parameters};
use crate::failure::ApiFailure;
use crate::service::Service;

/// `GET /api/players/{wallet}?limit=&before=`
pub(super) async fn player(
    State(service): State<Arc<Service>>,
    Path(text): Path<String>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<PlayerPage>, ApiFailure> {
    only(&parameters, &["limit", "before"])?;
    let wallet: WalletKey = path_key("wallet", &text)?;
    let limit = limit(&parameters)?;
    let before: Option<MatchKey> = key(&parameters, "before")?;
    let page = Page {
        before: before.map(|before| before.0),
        limit: limit + 1,
    };
    let history = &service.store.history;
    let stats = history.player_stats(&wallet.0).await?;
    let mut rows = history.player_matches(&wallet.0, &page).await?;
    let has_more = cut(&mut rows, limit);
    let next = rows
        .last()
        .filter(|_| has_more)
        .map(|row| MatchKey(row.match_key));
    Ok(Json(PlayerPage {
        wallet,
        stats: stats.iter().map(archive::stats).collect(),
        recent: rows.iter().map(archive::player_match).collect(),
        next,
    }))
}

/// `GET /api/leaderboard?mint=&limit=&offset=`
pub(super) async fn leaderboard(
    State(service): State<Arc<Service>>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<Leaderboard>, ApiFailure> {
    only(&parameters, &["mint", "limit", "offset"])?;
    let mint: Option<PublicKey> = key(&parameters, "mint")?;
    let limit = limit(&parameters)?;
    let offset = number(&parameters, "offset", 0, 0..=LeaderboardFilter::OFFSET_MAX)?;
    let filter = LeaderboardFilter {
        mint: mint.map(|mint| mint.0),
        offset,
        limit: limit + 1,
    };
    let mut rows = service.store.history.leaderboard(&filter).await?;
    let has_more = cut(&mut rows, limit);
    let next = Some(offset + limit).filter(|next| has_more && *next <= LeaderboardFilter::OFFSET_MAX);
    Ok(Json(Leaderboard {
        players: rows.iter().map(archive::leaderboard_line).collect(),
        next,
    }))
}
