//! What every transport does with responses, bodies, time limits and broken lines.
//!
//! Each function takes the factory of a transport; the macro at the end makes tests of them for
//! every transport that there is.

mod broken_lines;
mod idle_connections;
mod kept_connections;
mod proxies;
mod requests;
mod responses;
mod slow_uploads;
mod spans;
mod time_limits;

use std::sync::Arc;

use portal_transport::{Body, Transport, TransportError, TransportSettings};
use rustls::ServerConfig;

use crate::authority::{Authority, POSTEN, Wish};
use crate::factory::Factory;
use crate::server::{Server, mutual};

/// An authority, its server's TLS, and the server under a handler.
struct Stage {
    authority: Authority,
}

impl Stage {
    fn new() -> Self {
        Self {
            authority: Authority::new(),
        }
    }

    fn tls(&self) -> Option<ServerConfig> {
        let certificate = self.authority.issue(&Wish::of(POSTEN));
        Some(mutual(certificate, &self.authority))
    }

    fn settings(&self, server: &Server) -> TransportSettings {
        TransportSettings::new(server.root(), self.authority.settings())
    }

    fn client(&self, factory: Factory, server: &Server) -> Arc<dyn Transport> {
        factory(self.settings(server)).unwrap()
    }
}

pub(crate) async fn get(
    client: &dyn Transport,
    server: &Server,
) -> Result<http::Response<Body>, TransportError> {
    let request = http::Request::get(server.url("/x"));
    client.send(request.body(Body::empty()).unwrap()).await
}

async fn post(
    client: &dyn Transport,
    server: &Server,
    body: Body,
) -> Result<http::Response<Body>, TransportError> {
    let request = http::Request::post(server.url("/x"));
    client.send(request.body(body).unwrap()).await
}

/// One test for each function, for the transport that `$factory` makes.
macro_rules! conformance {
    ($factory:ident: $($module:ident: [$($name:ident),+ $(,)?])+) => {
        mod $factory {
            $(
                mod $module {
                    use super::super::$module;

                    $(
                        #[tokio::test]
                        async fn $name() {
                            $module::$name(crate::factory::$factory).await;
                        }
                    )+
                }
            )+
        }
    };
    ($($factory:ident),+) => {
        $(
            conformance!(@with $factory
                proxies: [
                    tunnel_is_taken, credentials_are_shown, refusal_has_its_status, refusal_is_not_repeated,
                ]
                spans: [request_is_recorded_without_what_is_personal, failure_is_recorded_by_its_kind]
            );
        )+
    };
    // Where more is on the way than one transport: what it does by itself is left out.
    (layered $($factory:ident),+) => {
        $(
            conformance!(@with $factory);
        )+
    };
    (@with $factory:ident $($more:tt)*) => {
        conformance!($factory:
            responses: [
                any_status_is_a_response, headers_come_through, no_content_is_empty,
                sized_body_has_its_size, chunked_body_has_no_size,
                body_arrives_while_it_is_sent, redirect_is_not_followed,
                compressed_body_is_named, compressed_body_that_was_asked_for_is_left_alone, progress_of_a_download_is_told,
            ]
            requests: [
                headers_and_user_agent_are_sent, sized_body_is_sent_with_its_length,
                body_without_size_is_chunked, empty_post_says_so, large_body_arrives_whole,
                url_outside_the_root_is_not_even_connected_to,
                body_that_is_too_short_is_not_taken_for_whole,
                body_that_fails_breaks_the_request_off,
            ]
            broken_lines: [
                nobody_listens, closed_before_the_request, reset_before_the_request, closed_during_the_request,
                closed_after_the_request, reset_during_the_request,
                reset_after_the_request, response_that_is_not_http, body_that_ends_early,
                body_that_is_reset, response_before_the_request_is_read,
                dropped_call_ends_the_connection, dropped_body_ends_the_connection,
            ]
            idle_connections: [
                    server_that_closes_later, server_that_closes_earlier,
                    many_callers_reuse_connections, no_more_connections_are_kept_than_set,
                ]
            kept_connections: [
                refused_after_the_whole_request, refused_during_the_request,
                refused_on_a_new_connection, ended_after_the_whole_request,
                ended_during_the_request,
            ]
            slow_uploads: [
                sixteen_over_slow_lines, sixteen_over_scaled_lines, sixteen_over_one_line,
            ]
            time_limits: [
                connecting, sending, response_head, response_body, whole_request_before_the_head,
                whole_request_in_the_body, whole_response_that_drips,
                whole_response_begins_after_the_upload, late_connection_sends_nothing,
                connection_in_time_sends, slow_but_moving_body_is_no_failure,
                slow_but_moving_upload_is_no_failure, source_that_stands_still,
                downloads_have_limits_of_their_own, limits_without_end_are_no_failure,
            ]
            $($more)*
        );
    };
}

conformance!(reqwest, hyper);
conformance!(layered reqwest_with_tokens, hyper_with_tokens);
