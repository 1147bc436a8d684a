//! The crate on the real runtime and on the real CLI, offline: every scenario on both.
//!
//! A scenario is an async function of a [`Bench`](bench::Bench), which gives it a home, a
//! working directory and a scripted model of its own. What it checks, it checks on the
//! event log.
//!
//! On unix only: processes are killed by signals, and an extension's streams are a socket.
#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a scenario may panic: it is a test"
)]

mod abort;
mod activations;
mod attachments;
mod bench;
mod create;
mod every_method;
mod handlers;
mod handles;
mod join;
mod launch;
mod launched;
mod model_errors;
mod options;
mod process;
mod read;
mod redelivery;
mod requests;
mod resume;
mod server;
mod server_process;
mod tcp;
mod turns;

#[path = "../common/methods.rs"]
mod methods;
#[path = "../methods/generated/table.rs"]
mod table;

/// Makes two tests of every scenario: `runtime::name` and `cli::name`.
macro_rules! on_both {
    ($($area:ident { $($scenario:ident,)* })*) => {
        on_both!(@runtime Runtime $($($area $scenario)*)*);
        on_both!(@cli Cli $($($area $scenario)*)*);
    };
    (@$module:ident $binary:ident $($area:ident $scenario:ident)*) => {
        mod $module {
            $(
                #[test]
                fn $scenario() {
                    crate::bench::run(
                        crate::bench::Binary::$binary,
                        crate::$area::$scenario,
                    );
                }
            )*
        }
    };
}

on_both! {
    activations {
        a_session_that_is_dropped_and_resumed_at_once_goes_on,
        a_session_that_is_deleted_can_be_created_again_at_once,
    }
    create {
        every_reader_sees_the_session_from_its_start,
        deltas_make_up_the_message,
        the_second_turn_knows_the_first,
        the_closed_session_replays_what_the_live_stream_saw,
        the_history_is_what_the_log_persisted,
    }
    attachments {
        attachments_reach_the_model,
    }
    handlers {
        what_a_tool_returns_and_why_it_fails_is_what_the_model_reads,
        a_permission_is_what_its_handler_decides,
        a_users_answer_is_what_the_model_reads,
        hooks_change_what_the_agent_gets_and_does,
        a_hook_that_fails_before_a_tool_denies_it,
        a_plan_is_carried_out_once_it_is_approved,
        what_was_open_when_the_runtime_died_is_answered_by_the_next,
        a_form_is_what_the_user_makes_of_it,
        a_slash_command_of_the_client_runs,
    }
    resume {
        another_process_resumes_with_the_whole_history,
        a_session_whose_file_is_damaged_is_told_as_such,
        the_resume_event_can_be_suppressed,
        an_unknown_session_is_not_found_and_can_be_tried_again,
        one_client_holds_a_session_once,
    }
    handles {
        a_session_is_reconfigured_in_mid_turn,
        a_handle_closes_a_session_that_can_be_resumed_at_once,
    }
    options {
        tools_and_the_system_message_reach_the_model,
        a_named_model_of_the_users_own_answers,
        a_session_takes_every_local_option,
    }
    abort {
        an_abort_ends_the_turn_and_not_the_session,
        an_abort_in_mid_answer_leaves_its_deltas_without_a_message,
        an_abort_also_ends_what_was_queued,
        an_abort_right_after_the_send_ends_the_turn,
    }
    model_errors {
        a_refused_request_fails_the_turn_and_not_the_session,
        a_wrong_key_fails_the_turn_as_such,
        a_busy_model_is_asked_again,
        a_cut_answer_is_begun_again_as_another_message,
    }
    turns {
        two_asks_at_once_have_their_own_events_and_answers,
        the_text_of_a_turn_grows_to_its_answer,
        the_turn_of_a_steering_message_ends_with_the_work,
        a_failed_turn_says_with_which_status,
        an_abort_ends_a_turn_in_every_phase,
    }
    process {
        a_killed_runtime_fails_what_waits_and_loses_nothing,
        stop_ends_sessions_and_process_in_order,
        stop_cuts_a_turn_under_way,
        force_stop_kills,
        dropping_everything_kills,
    }
    tcp {
        two_clients_see_the_same_events_in_the_same_order,
        a_wrong_or_missing_token_is_refused,
        a_token_that_the_runtime_does_not_expect_is_refused,
        a_lost_server_closes_all_its_clients,
    }
    join {
        an_extension_takes_part_in_its_session,
    }
    launched {
        an_extension_attaches_to_the_next_message,
        the_example_of_an_extension_tells_which_tools_ran,
    }
    redelivery {
        what_is_delivered_again_is_seen_once_and_nothing_is_lost,
    }
    every_method {
        every_method_answers_as_its_types_say,
    }
    launch {
        a_runtime_that_exits_is_quoted,
        a_working_directory_that_is_missing_is_named,
    }
    server {
        a_runtime_tells_about_itself,
        sessions_are_listed_found_and_deleted,
        deleting_a_live_session_closes_it,
        lifecycle_events_tell_of_every_session,
    }
    requests {
        a_permission_is_asked_for_until_somebody_answers,
        nobody_to_ask_means_no,
        a_tool_of_the_client_is_called_and_answered,
        a_message_that_steers_is_answered_by_the_work_that_it_steers,
        in_autopilot_the_answer_is_what_is_said_last,
        an_abort_takes_a_request_back,
    }
}
