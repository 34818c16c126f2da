//! `/api/players` and `/api/leaderboard`.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::Json;
use protocol::api::{Leaderboard, PlayerPage};
use protocol::{PublicKey, WalletKey};

use super::query::{key, limit, only, path_key, Parameters};
use super::{archive, ApiFailure};
use crate::service::Service;

const LIMIT_DEFAULT: u32 = 50;
const LIMIT_MAX: u32 = 200;

/// `GET /api/players/{wallet}?limit=`
pub(super) async fn player(
    State(service): State<Arc<Service>>,
    Path(text): Path<String>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<PlayerPage>, ApiFailure> {
    only(&parameters, &["limit"])?;
    let wallet: WalletKey = path_key("wallet", &text)?;
    let limit = limit(&parameters, LIMIT_DEFAULT, LIMIT_MAX)?;
    let history = service.store.history.player(&wallet.0, limit).await?;
    Ok(Json(PlayerPage {
        wallet,
        stats: history.stats.iter().map(archive::stats).collect(),
        recent: history.recent.iter().map(archive::player_match).collect(),
    }))
}

/// `GET /api/leaderboard?mint=&limit=`
pub(super) async fn leaderboard(
    State(service): State<Arc<Service>>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<Leaderboard>, ApiFailure> {
    only(&parameters, &["mint", "limit"])?;
    let mint: Option<PublicKey> = key(&parameters, "mint")?;
    let limit = limit(&parameters, LIMIT_DEFAULT, LIMIT_MAX)?;
    let rows = service
        .store
        .history
        .leaderboard(mint.as_ref().map(PublicKey::as_bytes), limit)
        .await?;
    Ok(Json(Leaderboard {
        players: rows.iter().map(archive::leaderboard_line).collect(),
    }))
}
