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
//! | 17 | a full disk | `on_a_full_disk_senders_get_503_people_are_told_in_chat_pages_go_out_and_it_recovers`, `a_start_on_a_full_disk_goes_well_and_what_is_owed_goes_out`, `a_disk_that_fills_up_loses_nothing_accepts_urgent_writes_and_recovers_when_there_is_room`, `pruning_makes_room_on_a_full_disk` |
//! | 19 | another program holds the write lock | `while_another_program_holds_the_write_lock_senders_wait_then_get_503_and_everyone_else_is_served`, `the_writer_waits_for_another_program_with_the_write_lock_but_not_forever` |
//! | 24 | a second process on the file | `a_second_process_on_the_same_file_is_refused_with_the_reason` |
//! | 30 | down for six hours | `after_six_hours_down_each_overdue_reminder_comes_once_in_order_and_says_how_late_it_is`, `after_six_hours_down_everything_happens_once_and_late`, `after_downtime_an_overdue_page_goes_one_step_at_a_time`, `looks_that_come_late_happen_once_and_go_on_from_now` |
//! | 42 | one button, many people; stale buttons | `of_twenty_people_who_press_one_button_at_once_one_wins_and_the_others_are_told_who`, `a_stale_button_of_a_closed_incident_explains_itself`, `of_two_who_acknowledge_the_second_is_told_who_has_it` |
//! | 43 | commands twice, late, out of order | `a_command_delivered_twenty_times_at_once_is_done_once_and_answered_alike`, `a_press_that_was_overtaken_by_a_later_one_changes_nothing`, `a_repeated_delivery_gets_the_saved_reply_and_changes_nothing`, `a_write_is_done_even_if_its_caller_is_gone` |
//! | 45 | duplicates, replays, forged repeats | `a_thousand_repeats_at_once_are_one_delivery`, `a_replay_is_known_for_as_long_as_bodies_are_kept_and_is_one_alert_even_after_that`, `the_same_id_with_another_body_is_logged_but_cannot_fill_the_log` |
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
//! | 31 | limits, in headers and bodies | `waits_are_read_from_header_body_and_date_and_are_bounded`, `a_long_wait_is_handed_back_and_nothing_is_sent_meanwhile`, `a_global_limit_holds_up_everything_and_a_shared_one_its_own_bucket`, `a_message_arrives_once_after_a_limit`, `a_message_arrives_once_after_a_limit_of_the_whole_bot` |
//! | 33 | 401 and 403 | `a_refused_token_is_sent_once`, `a_refused_token_stops_everything_at_once_and_is_tried_again_by_one_call`, `refused_calls_stop_the_bot_long_before_discord_does`, `a_room_that_is_forbidden_holds_up_no_other`, `permissions_that_are_lost_are_told_of_once_to_the_manager_and_in_the_feed` |
//! | 34 | HTML, empty, huge and endless answers | `a_message_arrives_once_after_an_answer_that_is_none`, `what_was_sent_and_not_wholly_answered_is_unknown_unless_it_may_be_repeated`, `an_answer_of_another_shape_is_unknown_as_well`, `what_stands_before_discord_is_not_discord`, `an_answer_without_an_end_is_read_up_to_a_bound` |
//! | 35 | refused, dropped and broken connections | `what_was_not_sent_may_be_tried_again`, `what_was_sent_and_not_wholly_answered_is_unknown_unless_it_may_be_repeated`, `a_message_that_was_taken_without_an_answer_is_not_sent_again`, `a_channel_that_was_made_without_an_answer_is_not_made_again`, `with_a_base_url_nothing_goes_to_discord_itself`, `a_certificate_that_is_not_good_is_told_by_its_fault_and_the_next_good_one_is_taken`, `an_authority_that_nobody_knows_is_not_trusted`, `a_name_that_leads_nowhere_is_told_and_asked_for_again_each_time`, `a_discord_that_cannot_be_reached_is_told_with_the_reason`, `a_discord_that_comes_up_after_the_bot_is_found_without_a_restart` |
//! | 36 | answers that never end, or drip | `what_was_sent_and_not_wholly_answered_is_unknown_unless_it_may_be_repeated`, `an_answer_that_drips_ends_at_the_deadline_of_the_whole_call`, `an_answer_without_an_end_is_read_up_to_a_bound` |
//! | 38 | what people do to a Discord server | `a_bot_that_was_removed_goes_on_in_the_console_and_catches_up_when_it_is_invited_again`, `permissions_that_are_lost_are_told_of_once_to_the_manager_and_in_the_feed`, `a_role_that_is_gone_takes_nothing_but_what_it_gave`, `a_channel_deleted_by_hand_is_made_again_with_its_card`, `a_server_that_discord_cannot_reach_is_waited_for`, `a_full_server_is_said_and_waited_for` |
//! | 39 | texts, fields and buttons beyond Discord's limits | `nothing_that_is_posted_is_refused_or_calls_anyone_else`, `fields_that_are_left_out_are_counted`, `buttons_stand_in_rows_of_five_and_the_rest_in_a_menu`, `every_button_of_every_template_fits` |
//! | 40 | what is there already | `a_channel_that_was_made_unseen_is_found_by_its_mark`, `a_message_that_arrived_unseen_is_found_again_after_a_restart_and_an_hour`, `a_feed_takes_the_channel_that_has_its_name_and_leaves_it_as_it_is`, `what_others_write_with_our_mark_is_not_taken_for_ours` |
//! | 41 | the gateway: resume, refusal, silence, outage | `a_connection_that_is_cut_comes_back_and_goes_on`, `a_close_that_leaves_the_session_is_resumed`, `an_invalid_session_begins_anew`, `a_gateway_that_does_not_answer_heartbeats_is_left`, `an_outage_of_fifteen_seconds_passes`, `what_was_written_while_nobody_listened_is_fetched`, `what_was_done_to_messages_while_nobody_listened_is_found` |
//! | 42 | the same on Discord | `twenty_people_press_one_button_and_one_of_them_wins`, `buttons_work_after_a_restart_and_a_deleted_channel_comes_back` |
//! | 43 | interactions late and cut off | `an_acknowledgement_that_brought_no_answer_loses_nothing`, `a_late_answer_waits_for_a_limit`, `a_kill_after_an_interaction_is_kept_leaves_nobody_without_an_answer` |
//! | 44 | Discord wholly down | `what_was_said_while_discord_was_away_is_one_summary`, `an_outage_of_fifteen_seconds_passes`, `a_bot_that_was_removed_goes_on_in_the_console_and_catches_up_when_it_is_invited_again` |
//! | 55 | mentions on Discord | `what_stands_in_an_alert_pings_nobody_and_hides_no_link`, `only_those_who_are_meant_are_called` |
//! | 56 | links on Discord | `what_stands_in_an_alert_pings_nobody_and_hides_no_link`, `talk_stands_under_the_name_of_who_said_it_and_shows_where_links_lead` |
//! | 57 | names on Discord | `a_guest_is_known_by_the_account_and_never_by_the_name` |
//! | 58 | forged buttons and messages on Discord | `a_button_of_another_bot_does_nothing`, `nobody_else_makes_an_alert_by_the_same_words`, `what_we_did_not_make_is_not_read` |
//! | 60 | outsiders, guests, lost roles | `another_server_and_a_stranger_in_private_are_refused_with_the_same_words`, `a_guest_may_declare_and_not_move`, `a_role_that_is_gone_takes_nothing_but_what_it_gave`, `a_bot_that_knows_no_server_to_serve_says_so_also_after_its_session_is_resumed` |
//! | 62 | a token that Discord does not know, or no more | `a_token_that_is_replaced_is_taken_at_the_next_reload_and_nothing_is_lost`, `another_token_is_tried_at_once_and_the_old_one_never_again`, `a_token_that_discord_does_not_know_stops_the_bot_with_what_to_do`, `a_missing_intent_stops_the_bot_with_what_to_switch_on` |
//! | 11 | stopped in a migration; an older program | `a_migration_stopped_at_any_statement_leaves_a_schema_that_the_next_start_finishes`, `a_second_start_migrates_nothing`, `a_file_of_a_newer_program_is_refused_and_left_alone` |
//! | 12 | killed again and again at any moment | `the_story_survives_a_kill_at_any_moment`, `the_story_survives_a_kill_at_every_named_point` |
//! | 14 | stopped and continued; leases lost meanwhile | `of_two_processes_on_one_file_the_older_one_stops_before_its_next_write`, `an_expired_lease_is_claimed_again_and_the_old_holder_cannot_settle`, `a_bot_that_was_stopped_goes_on_one_step_at_a_time_and_resolves_nothing` |
//! | 16 | no memory, no files | `without_memory_the_answer_is_to_try_again`, `without_files_honest_requests_are_told_to_wait_and_the_bot_goes_on` |
//! | 18 | a commit that the disk does not sync | `a_commit_that_the_disk_fails_to_sync_ends_the_store_and_the_next_start_finds_a_sound_file`, `a_commit_that_fails_in_an_unknown_way_ends_the_store_with_a_reason` |
//! | 20 | damaged pages, damaged and cut logs | `a_damaged_page_is_found_at_the_start`, `a_log_that_is_cut_damaged_or_without_its_index_loses_no_earlier_commit`, `an_event_that_was_changed_by_other_means_is_found`, `records_and_rows_that_were_changed_by_other_means_are_found` |
//! | 21 | the file is deleted, replaced, out of reach, read-only | `nothing_is_acknowledged_after_the_file_was_replaced_or_deleted_and_the_bot_ends_with_the_reason`, `a_file_that_takes_the_place_of_the_database_is_left_as_it_is`, `a_file_that_may_not_be_used_is_refused_and_used_again_later`, `a_missing_database_is_not_created_again_unless_that_is_wanted`, `a_disk_that_fails_is_a_reason_to_try_again` |
//! | 22 | a slow disk | `on_a_slow_disk_writes_gather_in_few_commits` |
//! | 23 | a backup under load, restored | `a_backup_under_load_is_of_one_moment_and_starts_with_sending_paused`, `a_restored_copy_says_everywhere_that_nobody_is_called`, `a_restored_copy_says_in_its_log_and_its_metrics_that_nothing_is_sent`, `after_one_confirmation_what_is_new_is_sent_and_what_is_older_waits` |
//! | 25 | a large file | `a_large_file_opens_quickly_and_is_pruned_in_small_steps`, `lists_use_the_index_and_do_not_read_every_record` |
//! | 26 | the clock is set | `a_clock_that_is_set_under_the_running_program_resolves_no_alert_and_hurries_no_page`, `a_clock_that_is_set_resolves_no_alert_and_moves_no_escalation`, `a_clock_that_is_set_changes_nothing_until_that_is_dealt_with`, `a_stopped_process_and_a_suspended_machine_are_no_set_clock` |
//! | 27 | hand-offs when summer time begins and ends | `a_hand_off_that_the_clock_skips_happens_when_the_gap_ends`, `of_a_repeated_hour_the_first_occurrence_is_the_hand_off`, `a_weekly_rotation_hands_off_at_nine_on_the_wall_clock_whatever_the_season` |
//! | 27 | quiet hours over a change of clocks | `quiet_hours_delay_low_urgency_until_they_end_on_the_wall_clock`, `low_urgency_waits_for_the_end_of_quiet_hours_and_high_urgency_does_not` |
//! | 28 | odd dates and zones | `a_rotation_started_on_the_31st_runs_over_into_short_months`, `midnight_that_does_not_exist_is_the_first_instant_after_it`, `odd_settings_have_a_defined_result` |
//! | 28 | rotation by months | `a_rotation_started_on_the_31st_runs_over_into_short_months`, `hand_offs_are_where_goalert_has_them`, `people_need_an_access_and_a_real_zone` |
//! | 29 | odd times of senders | `a_beginning_in_the_future_or_before_2000_is_as_if_it_were_not_told`, `an_end_in_the_past_means_that_it_is_over`, `a_repeat_postpones_the_timeout_and_an_end_in_the_future_sets_it` |
//! | 32 | a provider is down for an hour | `a_provider_that_is_down_for_an_hour_holds_up_no_other_method`, `an_unknown_outcome_is_repeated_once_and_says_so` |
//! | 37 | redirects | `nobody_follows_a_redirect` |
//! | 51 | versions and events that are not known | `what_cannot_be_understood_is_kept_shown_and_never_refused`, `fields_that_are_not_known_do_not_matter` |
//! | 53 | ten thousand alerts at once, one of them critical | `a_storm_of_ten_thousand_makes_a_handful_of_messages`, `a_critical_group_in_a_storm_has_its_own_message`, `a_source_that_floods_does_not_hold_up_another`, `a_source_that_floods_is_asked_to_wait_at_every_door_and_the_others_go_on` |
//! | 54 | refused for a while, then accepted | `while_another_program_holds_the_write_lock_senders_wait_then_get_503_and_everyone_else_is_served`, `on_a_full_disk_senders_get_503_people_are_told_in_chat_pages_go_out_and_it_recovers` |
//! | 59 | arguments of runbooks | planned: runbooks |
//! | 63 | rows and records of other versions | `every_row_is_there_after_the_migrations`, `every_stored_record_is_read_and_written_again_without_a_loss`, `a_row_that_cannot_be_read_is_given_up_and_does_not_block_its_lane` |
//! | 63 | a fleet of several versions | planned: fleet |
//! | 64 | two processes on one file | `of_two_processes_on_one_file_the_older_one_stops_before_its_next_write`, `another_name_of_the_file_or_a_deleted_lock_lets_no_second_process_in` |
//! | 65 | the log cannot be written, nobody reads an answer | `a_log_that_cannot_be_written_stops_nothing`, `a_client_that_does_not_read_its_answer_is_let_go` |
//! | 66 | the bot itself is dead | `the_heartbeat_goes_out_while_people_can_be_paged_and_stops_when_they_cannot` |
//! | mail | 450, 451, 552, cut after DATA, slow and endless replies, wrong certificates, no encryption | `a_message_that_fails_has_the_outcome_of_the_table`, `a_cut_before_the_final_dot_is_told_from_one_after_it`, `nothing_is_said_before_the_connection_is_encrypted`, `a_certificate_that_is_not_valid_is_named`, `a_greylisted_page_is_taken_within_its_time`, `a_full_mailbox_fails_the_message_and_the_next_method_goes_out`, `a_message_that_may_have_been_taken_is_repeated_once_and_says_so` |
//! | mail | forged bounces, absence notes, a mailbox that fails | `anything_else_is_no_bounce`, `a_bounce_fails_the_attempt_and_switches_the_method_off_and_a_forged_one_does_nothing`, `what_fails_is_said_and_marks_nothing`, `a_visit_is_bounded_in_messages_and_bytes` |
//! | mail | line breaks and dots in titles and texts | `no_text_adds_a_header`, `nothing_in_a_message_ends_it_early` |
//! | phone | wrong numbers, STOP, states that come late, answers that get lost | `a_refusal_says_what_it_means_and_not_whom_it_concerns`, `a_wrong_number_fails_at_once_without_being_shown`, `stop_switches_the_method_off_and_the_other_methods_are_told`, `a_stop_that_twilio_knows_of_switches_the_method_off_as_well`, `a_message_that_does_not_arrive_is_shown_with_the_meaning_of_its_code`, `a_message_whose_answer_was_lost_is_repeated_once_and_says_so` |
//! | phone | forged and replayed callbacks, codes of others | `anything_that_was_changed_is_refused`, `a_callback_without_the_signature_of_twilio_changes_nothing`, `a_replayed_reply_acknowledges_once`, `a_code_counts_only_from_the_number_it_was_sent_to_and_for_an_open_page`, `a_callback_is_only_a_hint` |
//! | process | SIGHUP while it starts | `a_hangup_while_the_bot_starts_does_not_end_it` |
//! | contact | methods that rules or pages use are deleted, people are removed | `a_method_that_rules_use_is_removed_only_after_a_confirmation`, `a_method_that_is_removed_while_a_page_runs_is_not_used_any_more`, `a_method_that_is_not_verified_or_whose_owner_is_gone_is_never_paged` |
//! | contact | a severity that no rule knows; 24:00 as an end | `urgency_is_that_of_the_first_rule_that_fits`, `quiet_hours_delay_low_urgency_until_they_end_on_the_wall_clock`, `rules_and_quiet_hours_are_set_in_one_line_each` |
//! | contact | "delivered" taken for an answer; an acknowledgement that stops nothing | `a_text_message_is_acknowledged_by_its_code_and_delivered_is_no_answer`, `a_call_is_acknowledged_by_the_4_and_a_completed_call_is_no_answer`, `what_is_planned_is_not_sent_after_an_acknowledgement` |
//! | contact | links opened by scanners, replayed, used twice at once or too late | `a_page_by_mail_is_acknowledged_by_its_link_and_not_by_a_scanner`, `a_link_works_after_a_restart_and_once`, `of_a_link_and_a_button_one_wins_and_the_other_sees_who`, `a_link_ends_with_its_page_and_a_made_up_one_is_unknown`, `a_row_without_a_signature_is_no_link` |
//! | contact | links and reply codes that somebody tries out | `whoever_tries_links_is_limited_and_a_real_link_works_all_the_same`, `after_five_wrong_codes_a_number_is_not_read_for_ten_minutes` |
//! | contact | a service takes nothing any more | `a_service_that_takes_no_messages_turns_the_health_page_and_its_number_red` |
//! | contact | tests that nobody answers, that are due while the bot is down, at night | `an_on_call_test_names_who_did_not_answer_and_takes_an_answer_in_the_chat`, `a_weekly_test_goes_out_once_a_week_in_working_hours_by_push_and_shows_in_readiness_when_unanswered`, `the_weekly_test_is_chosen_by_the_api_and_tests_telephones_only_by_choice` |
//! | sheet | folders and buckets that everybody reads, storage that fails, a sheet that was changed | `without_being_asked_for_no_number_is_in_it_and_an_open_folder_is_refused`, `a_bucket_that_everybody_can_read_is_refused_and_one_that_fails_is_tried_again`, `minisign_verifies_the_sheet_and_refuses_a_changed_one` |
//! | mail | a proxy that refuses, a mailbox without STARTTLS | `a_proxy_that_refuses_is_named_and_no_proxy_goes_past_it`, `without_starttls_or_with_a_wrong_certificate_nobody_logs_in` |
//! | contact | everybody asleep; no contact method works | `when_everybody_is_asleep_the_policy_repeats_and_the_fallback_is_paged_last`, `when_no_contact_method_works_the_fallback_is_paged_at_once_and_health_is_red`, `a_refused_message_fails_at_once_and_is_known_to_readiness` |
//! | contact | the clock of the machine is set | `a_clock_that_is_set_hurries_no_message_and_makes_none_overdue` |
//! | contact | killed at each step of the way of a page | `a_page_by_a_contact_method_arrives_wherever_the_process_died` |
//! | contact | answers by several methods at the same time, after the end, replayed | `of_a_link_a_code_a_button_and_a_notification_at_the_same_time_one_wins_and_the_others_see_who`, `of_a_link_and_a_button_one_wins_and_the_other_sees_who`, `a_link_ends_with_its_page_and_a_made_up_one_is_unknown`, `a_replayed_reply_acknowledges_once` |
//! | contact | 4xx, 5xx, 429, time-outs and wrong certificates of each provider | `a_text_that_fails_has_the_outcome_of_the_table`, `a_message_that_fails_has_the_outcome_of_the_table`, `a_call_that_fails_has_the_outcome_of_the_table`, `an_alarm_that_fails_has_the_outcome_of_the_table`, `a_personal_webhook_that_fails_has_the_outcome_of_the_table`, `a_push_service_that_fails_has_the_outcome_of_the_table` |
//! | contact | private incidents and drills at every method | `no_method_says_more_of_a_private_incident_than_key_severity_and_link`, `every_method_says_drill_first` |
//! | contact | titles that break out of HTML, TwiML, JSON, forms and URLs | `no_title_breaks_out_of_the_format_of_any_method` |
//! | contact | a storm of 200 pages for one person | `a_storm_of_200_pages_is_two_messages_and_none_is_lost` |
//! | contact | pictures that are none, of private incidents, by forged links | `behind_a_public_address_the_picture_comes_by_a_signed_link_that_expires`, `what_is_no_picture_is_not_passed_on` |
//! | phone | alarms that ring on | `an_alarm_is_cancelled_when_somebody_acknowledges_elsewhere`, `an_alarm_whose_receipt_was_lost_is_cancelled_by_its_tag`, `a_cancellation_that_fails_is_repeated` |

use std::{collections::BTreeSet, fs, path::Path};

/// The number of cases; each has a row.
const CASES: u32 = 66;

/// What hotroom does not have yet. No other row may be without a test.
const PLANNED: [(u32, &str); 2] = [(59, "runbooks"), (63, "fleet")];

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
        let Ok(case) = case.parse::<u32>() else { continue };
        match rest.split_once("planned: ") {
            Some((_, feature)) => {
                let feature = feature.trim_end_matches(['|', ' ']);
                assert!(PLANNED.contains(&(case, feature)), "case {case}: {feature} is not planned");
            }
            None => assert!(!names.is_empty(), "case {case} names no test"),
        }
        seen.insert(case);
    }
    assert_eq!(seen, (1..=CASES).collect());
}
