//! Which test proves which case of the fault list. A test below keeps the table true.
//!
//! | case | what is done to the bot | tests |
//! |---|---|---|
//! | 1 | killed while a body is read | `a_sender_cut_off_in_its_body_has_left_nothing_and_sends_again` |
//! | 2 | killed before the commit of a delivery | `before_its_commit_a_delivery_is_neither_stored_nor_acknowledged` |
//! | 3 | killed between commit and answer | `after_its_commit_a_delivery_is_stored_and_its_repeat_is_known` |
//! | 4 | killed before routing | `what_was_acknowledged_and_not_routed_is_routed_by_the_next_start` |
//! | 5 | killed before a claim | `effects_go_out_once_wherever_the_process_died_on_their_way` |
//! | 6 | killed between claim and call | `effects_go_out_once_wherever_the_process_died_on_their_way` |
//! | 7 | the other side acted, no answer came | `effects_go_out_once_wherever_the_process_died_on_their_way`, `whatever_the_line_does_for_a_while_everything_arrives_once`, `an_attempt_that_may_have_happened_is_remembered_as_such` |
//! | 8 | killed between answer and record | `effects_go_out_once_wherever_the_process_died_on_their_way` |
//! | 9 | killed between record and answer | `a_command_whose_answer_was_lost_is_done_once_and_its_repeat_gets_the_answer` |
//! | 10 | killed in checkpoint, commit, backup, vacuum | `a_kill_in_the_middle_of_a_checkpoint_or_of_a_commit_loses_nothing`, `a_backup_that_is_killed_leaves_a_whole_copy_or_none_and_the_bot_goes_on`, `a_kill_in_the_middle_of_a_vacuum_by_hand_loses_nothing` |
//! | 1-10 | killed at every pass of every point, and at any moment | `the_story_survives_a_kill_at_every_named_point`, `the_story_survives_a_kill_at_any_moment` |
//! | 13 | SIGTERM, once and twice | `sigterm_finishes_what_it_has_and_ends_with_success`, `a_half_sent_request_does_not_hold_up_the_end_and_a_second_sigterm_ends_at_once`, `drained_connections_are_cut_off_when_the_time_is_up`, `draining_finishes_what_is_under_way_and_waits_for_nobody_else` |
//! | 15 | panics, poisoned rows | `a_panic_ends_one_request_and_tells_nothing_of_the_code`, `a_write_that_panics_undoes_only_itself`, `a_body_over_which_its_reader_panics_is_kept_and_harms_nothing_else`, `a_loop_that_panics_ends_the_process_with_a_reason_and_the_next_start_goes_on`, `a_poisoned_row_is_given_up_after_its_tries_and_holds_up_no_other_lane`, `a_timer_that_can_never_be_looked_at_is_given_up_and_people_are_told`, `a_group_whose_message_is_refused_is_told_of_in_the_incidents_feed`, `giving_up_is_told_in_the_room_and_once` |
//! | 17 | a full disk | `on_a_full_disk_senders_get_503_people_are_told_in_chat_pages_go_out_and_it_recovers`, `a_start_on_a_full_disk_goes_well_and_what_is_owed_goes_out`, `a_disk_that_fills_up_loses_nothing_takes_what_is_owed_and_recovers_when_there_is_room`, `forgetting_what_is_old_makes_room_on_a_full_disk` |
//! | 19 | another program holds the write lock | `while_another_program_holds_the_write_lock_senders_wait_then_get_503_and_everyone_else_is_served`, `another_program_that_holds_the_write_lock_is_waited_for_but_not_for_ever` |
//! | 24 | a second process on the file | `a_second_process_on_the_same_file_is_refused_with_the_reason` |
//! | 30 | down for six hours | `after_six_hours_down_each_overdue_reminder_comes_once_in_order_and_says_how_late_it_is`, `after_six_hours_down_everything_happens_once_and_late`, `after_downtime_an_overdue_page_goes_one_step_at_a_time`, `looks_that_come_late_happen_once_and_go_on_from_now` |
//! | 42 | one button, many people; stale buttons | `of_twenty_people_who_press_one_button_at_once_one_wins_and_the_others_are_told_who`, `a_stale_button_of_a_closed_incident_explains_itself`, `of_two_who_acknowledge_the_second_is_told_who_has_it` |
//! | 43 | commands twice, late, out of order | `a_command_delivered_twenty_times_at_once_is_done_once_and_answered_alike`, `a_press_that_was_overtaken_by_a_later_one_changes_nothing`, `a_repeated_delivery_gets_the_saved_reply_and_changes_nothing`, `work_whose_asker_has_gone_is_done_all_the_same` |
//! | 45 | duplicates, replays, forged repeats | `a_thousand_repeats_at_once_are_one_delivery`, `a_replay_is_known_for_as_long_as_bodies_are_kept_and_is_one_alert_even_after_that`, `the_same_id_with_another_body_is_written_down_but_cannot_fill_the_log` |
//! | 46 | resolved first, flapping, older after newer | `resolved_before_firing_is_a_record_that_the_late_firing_does_not_reopen`, `flapping_two_hundred_times_ends_as_the_last_word_says`, `what_is_older_than_the_stored_episode_is_ignored`, `any_order_and_duplication_of_what_was_said_comes_to_the_same_state` |
//! | 47 | signatures and tokens | `only_one_good_signature_opens_a_source_that_signs`, `only_the_right_token_opens_a_source_that_has_one`, `during_a_rotation_the_old_secret_still_signs_and_after_it_no_more` |
//! | 48 | sizes, lengths, bombs, forms | `a_body_of_the_limit_is_taken_and_one_byte_more_is_not`, `too_large_is_known_before_a_byte_of_the_body_is_read`, `ten_gigabytes_in_chunks_are_cut_off_at_a_bounded_cost`, `packed_bodies_are_unpacked_and_bombs_are_not`, `two_lengths_are_refused_and_nothing_behind_them_is_read`, `lengths_that_contradict_each_other_or_the_body_are_refused`, `nothing_and_forms_are_no_alerts` |
//! | 49 | nasty JSON | `what_cannot_be_understood_is_kept_shown_and_never_refused`, `nasty_bodies_are_refused_with_the_place_or_understood`, `no_bytes_make_it_panic` |
//! | 50 | nasty labels | `labels_are_kept_verbatim_whatever_they_are`, `many_labels_and_long_ones_are_taken`, `no_text_from_outside_calls_formats_forges_or_deceives_in_any_template` |
//! | 52 | slow and silent connections, junk | `a_head_that_never_ends_is_closed_on_its_deadline`, `a_head_that_drips_is_closed_on_the_same_deadline`, `a_body_has_a_deadline_for_all_of_it`, `thousands_of_silent_connections_keep_nobody_out`, `tls_and_garbage_on_the_plain_port_are_closed` |
//! | 55 | mentions in texts | `nobody_is_called`, `text_from_people_cannot_ping_link_or_forge` |
//! | 56 | marks and links in texts | `markdown_is_shown_as_it_was_written`, `code_cannot_be_left`, `links_are_bare_and_never_invitations` |
//! | 57 | characters that deceive | `what_deceives_the_eye_is_dropped_and_lines_stay_one_line`, `stacked_marks_are_thinned`, `people_are_called_by_their_names_and_by_nothing_else` |
//! | 58 | forged bot messages | `talk_that_looks_like_the_bot_is_still_a_persons_and_carries_no_structure`, `text_from_outside_cannot_make_a_button_or_a_field` |
//! | 61 | bad configurations | `a_bad_reload_keeps_the_old_configuration_and_says_so`, `a_wrong_configuration_stops_the_start_and_names_every_mistake_with_its_line`, `an_escalation_reaches_someone` |

use std::{collections::BTreeSet, fs, path::Path};

/// The cases that have to be in the table.
const CASES: [u32; 30] =
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 15, 17, 19, 24, 30, 42, 43, 45, 46, 47, 48, 49, 50, 52, 55, 56, 57, 58, 61];

/// The names of all test functions below a folder.
fn tests_below(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            tests_below(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let mut marked = false;
            for line in text.lines().map(str::trim_start) {
                if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                    marked = true;
                } else if let Some((_, rest)) = line.split_once("fn ")
                    && !line.starts_with("//")
                {
                    found.extend(rest.split_once('(').map(|(name, _)| name.to_owned()).filter(|_| marked));
                    marked = false;
                }
            }
        }
    }
}

#[test]
fn each_case_is_proved_by_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = BTreeSet::new();
    for folder in ["src", "tests"] {
        tests_below(&root.join(folder), &mut tests);
    }
    assert!(tests.len() > 300, "only {} tests were found", tests.len());
    let mut seen = BTreeSet::new();
    for row in include_str!("cases.rs").lines().filter_map(|line| line.strip_prefix("//! | ")) {
        let (case, rest) = row.split_once(" | ").unwrap();
        let names: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
        let missing: Vec<&&str> = names.iter().filter(|name| !tests.contains(**name)).collect();
        assert!(missing.is_empty(), "case {case}: there is no test {missing:?}");
        if case != "case" {
            assert!(!names.is_empty(), "case {case} names no test");
            seen.extend(case.parse::<u32>().ok());
        }
    }
    assert_eq!(seen, BTreeSet::from(CASES));
}
