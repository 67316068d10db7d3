//! The address for operators: the page of a gateway behind their token, health, and metrics.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use askama::Template as _;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::TryStreamExt as _;
use futures::future::{Either, select};
use thought_industries::Client;
use thought_industries_scim::{Gateway, ScimError, SqliteStore, is_operator_token, operations_router};
use tokio::net::TcpListener;

use super::page::{ClientSeats, Page};

/// What the page may load and do: nothing beyond its own styles.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// How old the seats of the page may be, in milliseconds: they cost the tenant a request for each page of clients.
const SEATS_AGE: i64 = 900_000;
/// How long the page waits for seats. Reads of the tenant may be far back in the line.
const SEATS_WAIT: Duration = Duration::from_secs(5);

/// The seats that were read last, and when.
type Seats = Arc<Mutex<Option<(i64, Vec<ClientSeats>)>>>;

/// Serves operators, if there is an address for them, until the future is dropped.
pub(super) async fn serve(
    gateway: Gateway,
    client: Client,
    store: Arc<SqliteStore>,
    listener: Option<TcpListener>,
) -> Result<(), ScimError> {
    let Some(listener) = listener else { return std::future::pending().await };
    let seats = Seats::default();
    let routes = operations_router(gateway.clone()).route(
        "/",
        get(move |headers: HeaderMap| {
            let (gateway, client, store, seats) =
                (gateway.clone(), client.clone(), Arc::clone(&store), Arc::clone(&seats));
            async move { page(&gateway, &client, &store, &seats, &headers).await }
        }),
    );
    // Serving ends only when it is dropped.
    _ = axum::serve(listener, routes).await;
    Ok(())
}

async fn page(
    gateway: &Gateway,
    client: &Client,
    store: &Arc<SqliteStore>,
    seats: &Seats,
    headers: &HeaderMap,
) -> Response {
    let given = headers.get(header::AUTHORIZATION).and_then(password);
    let is_operator = given.map(|given| is_operator_token(&**store, &given));
    let shown = match is_operator {
        Some(Ok(true)) => shown(gateway, client, seats).await,
        Some(Err(error)) => Err(error),
        _ => {
            let ask = HeaderValue::from_static("Basic realm=\"ti scim\", charset=\"UTF-8\"");
            let text = "enter any name, and the token that `ti scim operator` prints as the password\n";
            return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, ask)], text).into_response();
        }
    };
    match shown {
        Ok(text) => {
            let mut response = axum::response::Html(text).into_response();
            for (name, value) in [
                (header::CONTENT_SECURITY_POLICY, POLICY),
                (header::CACHE_CONTROL, "no-store"),
                (header::REFERRER_POLICY, "no-referrer"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ] {
                response.headers_mut().insert(name, HeaderValue::from_static(value));
            }
            response
        }
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response(),
    }
}

/// The password of the header `Authorization`. The name is not looked at.
fn password(header: &HeaderValue) -> Option<String> {
    let (scheme, text) = header.to_str().ok()?.trim().split_once(' ')?;
    let bytes = STANDARD.decode(text.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let text = String::from_utf8(bytes).ok()?;
    text.split_once(':').map(|(_, password)| password.to_owned())
}

async fn shown(gateway: &Gateway, client: &Client, seats: &Seats) -> Result<String, ScimError> {
    let overview = gateway.overview().await?;
    let known = seats.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let known = known.filter(|(at, _)| overview.at - at < SEATS_AGE);
    let known = match known {
        Some((_, known)) => Some(known),
        None => read_seats(client).await.inspect(|read| {
            *seats.lock().unwrap_or_else(PoisonError::into_inner) = Some((overview.at, read.clone()));
        }),
    };
    Page::of(&overview, known).render().map_err(|_| ScimError::internal())
}

/// The seats of the clients; none if the tenant does not respond in time.
async fn read_seats(client: &Client) -> Option<Vec<ClientSeats>> {
    let reading = Box::pin(client.clients().list().items().map_ok(ClientSeats::of).try_collect::<Vec<_>>());
    match select(reading, client.pause(SEATS_WAIT)).await {
        Either::Left((Ok(read), _)) => Some(read),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_the_token() {
        let header = |text: &str| password(&HeaderValue::from_str(text).expect("a header"));
        let encoded = |text: &str| format!("Basic {}", STANDARD.encode(text));
        assert_eq!(header(&encoded("me:tiscim_a:b")), Some("tiscim_a:b".to_owned()));
        assert_eq!(header(&encoded(":tiscim")), Some("tiscim".to_owned()));
        for text in ["Basic", "Basic !", "Bearer dTpw", &encoded("no colon"), ""] {
            assert_eq!(header(text), None, "{text}");
        }
    }
}
