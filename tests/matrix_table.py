"""Who may use what: every address and every message against everybody, as data (S-01, S-02)."""

from tests.cast import ROLES

# ---- Addresses -----------------------------------------------------------------------------------
#
# A line is a method, the name of a route, and the answer for each role. Besides statuses:
#   in   sent to the sign-in page; those who are signed in are told there why they may not enter (admin:login)
#   go   sent on to where they belong
# The row in an address is Bob's: the session with Dora, its records, and his company's settings. Hence Charlie and
# Carol, who are of another company, Tom, who is not in the session, and Eve, who is in another one, get 404.

ADDRESSES = """
#                                                     anon dora  eve  sam  bob  tom char alic caro nora olga
GET  healthz                                            200  200  200  200  200  200  200  200  200  200  200
POST healthz                                            200  200  200  200  200  200  200  200  200  200  200
GET  readyz                                             200  200  200  200  200  200  200  200  200  200  200
POST readyz                                             200  200  200  200  200  200  200  200  200  200  200
GET  home                                                in   in   in   in   go   go   go   go   go   go   go
POST home                                                in   in   in   in   go   go   go   go   go   go   go
GET  logo                                               200  200  200  200  200  200  200  200  200  200  200
POST logo                                               405  405  405  405  405  405  405  405  405  405  405
GET  account_login                                      200  200  200  200   go   go   go   go   go   go   go
POST account_login                                      200  200  200  200   go   go   go   go   go   go   go
GET  account_logout                                      in   in   in   in  200  200  200  200  200  200  200
POST account_logout                                      in   in   in   in   in   in   in   in   in   in   in
GET  account_inactive                                   200  200  200  200  200  200  200  200  200  200  200
POST account_inactive                                   405  405  405  405  405  405  405  405  405  405  405
GET  account_reauthenticate                              in   in   in   in  200  200  200  200  200  200  200
POST account_reauthenticate                              in   in   in   in  200  200  200  200  200  200  200
GET  account_change_password                             in   in   in   in  200  200  200  200  200  200  200
POST account_change_password                             in   in   in   in  200  200  200  200  200  200  200
GET  account_reset_password                             200  200  200  200  200  200  200  200  200  200  200
POST account_reset_password                             200  200  200  200  200  200  200  200  200  200  200
GET  account_reset_password_done                        200  200  200  200  200  200  200  200  200  200  200
POST account_reset_password_done                        405  405  405  405  405  405  405  405  405  405  405
GET  account_reset_password_from_key                    200  200  200  200  200  200  200  200  200  200  200
POST account_reset_password_from_key                    200  200  200  200  200  200  200  200  200  200  200
GET  account_reset_password_from_key_done               200  200  200  200  200  200  200  200  200  200  200
POST account_reset_password_from_key_done               405  405  405  405  405  405  405  405  405  405  405
GET  admin:index                                         in   in   in   in   in   in   in  200  200   in  200
POST admin:index                                         in   in   in   in   in   in   in  200  200   in  200
GET  admin:login                                         in   in   in   in  403  403  403   go   go  403   go
POST admin:login                                         in   in   in   in  403  403  403   go   go  403   go
GET  admin:logout                                        in   in   in   in   go   go   go  405  405   go  405
POST admin:logout                                        in   in   in   in   go   go   go  200  200   go  200
GET  admin:password_change                               in   in   in   in   in   in   in   go   go   in   go
POST admin:password_change                               in   in   in   in   in   in   in   go   go   in   go
GET  admin:password_change_done                          in   in   in   in   in   in   in  200  200   in  200
POST admin:password_change_done                          in   in   in   in   in   in   in  405  405   in  405
GET  admin:jsi18n                                        in   in   in   in   in   in   in  200  200   in  200
POST admin:jsi18n                                        in   in   in   in   in   in   in  405  405   in  405
GET  admin:portals_auditevent_changelist                 in   in   in   in   in   in   in  200  200   in  200
POST admin:portals_auditevent_changelist                 in   in   in   in   in   in   in  200  200   in  200
GET  admin:portals_auditevent_add                        in   in   in   in   in   in   in  403  403   in  403
POST admin:portals_auditevent_add                        in   in   in   in   in   in   in  403  403   in  403
GET  admin:portals_auditevent_history                    in   in   in   in   in   in   in  200  404   in  200
POST admin:portals_auditevent_history                    in   in   in   in   in   in   in  200  404   in  200
GET  admin:portals_auditevent_delete                     in   in   in   in   in   in   in  403  404   in  403
POST admin:portals_auditevent_delete                     in   in   in   in   in   in   in  403  404   in  403
GET  admin:portals_auditevent_change                     in   in   in   in   in   in   in  200  404   in  200
POST admin:portals_auditevent_change                     in   in   in   in   in   in   in  403  404   in  403
GET  admin:portals_user_password                         in   in   in   in   in   in   in  200  404   in  200
POST admin:portals_user_password                         in   in   in   in   in   in   in  200  404   in  200
GET  admin:portals_user_changelist                       in   in   in   in   in   in   in  200  200   in  200
POST admin:portals_user_changelist                       in   in   in   in   in   in   in  200  200   in  200
GET  admin:portals_user_add                              in   in   in   in   in   in   in  200  200   in  200
POST admin:portals_user_add                              in   in   in   in   in   in   in  200  200   in  200
GET  admin:portals_user_history                          in   in   in   in   in   in   in  200  404   in  200
POST admin:portals_user_history                          in   in   in   in   in   in   in  200  404   in  200
GET  admin:portals_user_delete                           in   in   in   in   in   in   in  403  404   in  403
POST admin:portals_user_delete                           in   in   in   in   in   in   in  403  404   in  403
GET  admin:portals_user_change                           in   in   in   in   in   in   in  200  404   in  200
POST admin:portals_user_change                           in   in   in   in   in   in   in  200  404   in  200
GET  admin:portals_techniciangroup_changelist            in   in   in   in   in   in   in  200  200   in  200
POST admin:portals_techniciangroup_changelist            in   in   in   in   in   in   in  200  200   in  200
GET  admin:portals_techniciangroup_add                   in   in   in   in   in   in   in  200  200   in  200
POST admin:portals_techniciangroup_add                   in   in   in   in   in   in   in  200  200   in  200
GET  admin:portals_techniciangroup_history               in   in   in   in   in   in   in  200  404   in  200
POST admin:portals_techniciangroup_history               in   in   in   in   in   in   in  200  404   in  200
GET  admin:portals_techniciangroup_delete                in   in   in   in   in   in   in  200  404   in  200
POST admin:portals_techniciangroup_delete                in   in   in   in   in   in   in  200  404   in  200
GET  admin:portals_techniciangroup_change                in   in   in   in   in   in   in  200  404   in  200
POST admin:portals_techniciangroup_change                in   in   in   in   in   in   in  200  404   in  200
GET  admin:portals_portal_changelist                     in   in   in   in   in   in   in  200  200   in  200
POST admin:portals_portal_changelist                     in   in   in   in   in   in   in  200  200   in  200
GET  admin:portals_portal_add                            in   in   in   in   in   in   in  200  200   in  200
POST admin:portals_portal_add                            in   in   in   in   in   in   in  200  200   in  200
GET  admin:portals_portal_history                        in   in   in   in   in   in   in  200  404   in  200
POST admin:portals_portal_history                        in   in   in   in   in   in   in  200  404   in  200
GET  admin:portals_portal_delete                         in   in   in   in   in   in   in  200  404   in  200
POST admin:portals_portal_delete                         in   in   in   in   in   in   in  200  404   in  200
GET  admin:portals_portal_change                         in   in   in   in   in   in   in  200  404   in  200
POST admin:portals_portal_change                         in   in   in   in   in   in   in  200  404   in  200
GET  admin:portals_company_changelist                    in   in   in   in   in   in   in  200  200   in  200
POST admin:portals_company_changelist                    in   in   in   in   in   in   in  200  200   in  200
GET  admin:portals_company_add                           in   in   in   in   in   in   in  403  403   in  200
POST admin:portals_company_add                           in   in   in   in   in   in   in  403  403   in  200
GET  admin:portals_company_history                       in   in   in   in   in   in   in  200  404   in  200
POST admin:portals_company_history                       in   in   in   in   in   in   in  200  404   in  200
GET  admin:portals_company_delete                        in   in   in   in   in   in   in  403  404   in  403
POST admin:portals_company_delete                        in   in   in   in   in   in   in  403  404   in  403
GET  admin:portals_company_change                        in   in   in   in   in   in   in  200  404   in  200
POST admin:portals_company_change                        in   in   in   in   in   in   in  200  404   in  200
GET  admin:portals_terms_changelist                      in   in   in   in   in   in   in  200  200   in  200
POST admin:portals_terms_changelist                      in   in   in   in   in   in   in  200  200   in  200
GET  admin:portals_terms_add                             in   in   in   in   in   in   in  200  200   in  200
POST admin:portals_terms_add                             in   in   in   in   in   in   in  200  200   in  200
GET  admin:portals_terms_history                         in   in   in   in   in   in   in  200  404   in  200
POST admin:portals_terms_history                         in   in   in   in   in   in   in  200  404   in  200
GET  admin:portals_terms_delete                          in   in   in   in   in   in   in  403  404   in  403
POST admin:portals_terms_delete                          in   in   in   in   in   in   in  403  404   in  403
GET  admin:portals_terms_change                          in   in   in   in   in   in   in  200  404   in  200
POST admin:portals_terms_change                          in   in   in   in   in   in   in  403  404   in  403
GET  admin:support_sessions_supportsession_changelist    in   in   in   in   in   in   in  200  200   in  200
POST admin:support_sessions_supportsession_changelist    in   in   in   in   in   in   in  200  200   in  200
GET  admin:support_sessions_supportsession_add           in   in   in   in   in   in   in  403  403   in  403
POST admin:support_sessions_supportsession_add           in   in   in   in   in   in   in  403  403   in  403
GET  admin:support_sessions_supportsession_history       in   in   in   in   in   in   in  200  404   in  200
POST admin:support_sessions_supportsession_history       in   in   in   in   in   in   in  200  404   in  200
GET  admin:support_sessions_supportsession_delete        in   in   in   in   in   in   in  403  404   in  403
POST admin:support_sessions_supportsession_delete        in   in   in   in   in   in   in  403  404   in  403
GET  admin:support_sessions_supportsession_change        in   in   in   in   in   in   in  200  404   in  200
POST admin:support_sessions_supportsession_change        in   in   in   in   in   in   in  403  404   in  403
GET  admin:support_sessions_supportsession_export        in   in   in   in   in   in   in  200  200   in  200
POST admin:support_sessions_supportsession_export        in   in   in   in   in   in   in  200  200   in  200
GET  admin:invitations_delivery_changelist               in   in   in   in   in   in   in  200  200   in  200
POST admin:invitations_delivery_changelist               in   in   in   in   in   in   in  200  200   in  200
GET  admin:invitations_delivery_add                      in   in   in   in   in   in   in  403  403   in  403
POST admin:invitations_delivery_add                      in   in   in   in   in   in   in  403  403   in  403
GET  admin:invitations_delivery_history                  in   in   in   in   in   in   in  200  404   in  200
POST admin:invitations_delivery_history                  in   in   in   in   in   in   in  200  404   in  200
GET  admin:invitations_delivery_delete                   in   in   in   in   in   in   in  403  404   in  403
POST admin:invitations_delivery_delete                   in   in   in   in   in   in   in  403  404   in  403
GET  admin:invitations_delivery_change                   in   in   in   in   in   in   in  200  404   in  200
POST admin:invitations_delivery_change                   in   in   in   in   in   in   in  403  404   in  403
GET  admin:lens_recording_changelist                     in   in   in   in   in   in   in  200  200   in  200
POST admin:lens_recording_changelist                     in   in   in   in   in   in   in  200  200   in  200
GET  admin:lens_recording_add                            in   in   in   in   in   in   in  403  403   in  403
POST admin:lens_recording_add                            in   in   in   in   in   in   in  403  403   in  403
GET  admin:lens_recording_history                        in   in   in   in   in   in   in  200  404   in  200
POST admin:lens_recording_history                        in   in   in   in   in   in   in  200  404   in  200
GET  admin:lens_recording_delete                         in   in   in   in   in   in   in  403  404   in  403
POST admin:lens_recording_delete                         in   in   in   in   in   in   in  403  404   in  403
GET  admin:lens_recording_change                         in   in   in   in   in   in   in  200  404   in  200
POST admin:lens_recording_change                         in   in   in   in   in   in   in  403  404   in  403
GET  admin:app_list                                      in   in   in   in   in   in   in  200  200   in  200
POST admin:app_list                                      in   in   in   in   in   in   in  200  200   in  200
GET  admin:catch_all                                     in   in   in   in   in   in   in  404  404   in  404
POST admin:catch_all                                     in   in   in   in   in   in   in  404  404   in  404
GET  api:session-start                                  403  403  403  403  405  405  405  403  403  403  403
POST api:session-start                                  403  403  403  403  409  404  404  403  403  403  403
GET  api:session-end                                    403  403  403  403  405  405  405  403  403  403  403
POST api:session-end                                    403  403  403  403  200  404  404  403  403  403  403
GET  api:session-hold                                   403  403  403  403  405  405  405  403  403  403  403
POST api:session-hold                                   403  403  403  403  200  404  404  403  403  403  403
GET  api:session-transfer                               403  403  403  403  405  405  405  403  403  403  403
POST api:session-transfer                               403  403  403  403  409  404  404  403  403  403  403
GET  api:session-transfer-targets                       403  403  403  403  200  404  404  403  403  403  403
POST api:session-transfer-targets                       403  403  403  403  405  405  405  403  403  403  403
GET  api:session-leave                                  403  403  403  403  405  405  405  403  403  403  403
POST api:session-leave                                  403  403  403  403  409  404  404  403  403  403  403
GET  api:session-lead                                   403  403  403  403  200  404  404  403  403  403  403
POST api:session-lead                                   403  403  403  403  405  405  405  403  403  403  403
GET  api:session-lead-offer                             403  403  403  403  405  405  405  403  403  403  403
POST api:session-lead-offer                             403  403  403  403  404  404  404  403  403  403  403
GET  api:session-lead-take                              403  403  403  403  405  405  405  403  403  403  403
POST api:session-lead-take                              403  403  403  403  200  404  404  403  403  403  403
GET  api:session-lead-decline                           403  403  403  403  405  405  405  403  403  403  403
POST api:session-lead-decline                           403  403  403  403  200  404  404  403  403  403  403
GET  api:session-notes                                  403  403  403  403  200  404  404  403  403  403  403
POST api:session-notes                                  403  403  403  403  405  405  405  403  403  403  403
GET  api:session-outcome                                403  403  403  403  405  405  405  403  403  403  403
POST api:session-outcome                                403  403  403  403  405  405  405  403  403  403  403
GET  api:availability                                   403  403  403  403  405  405  405  403  403  403  403
POST api:availability                                   403  403  403  403  200  200  200  403  403  403  403
GET  api:session-record                                 403  403  403  403  200  404  404  403  403  403  403
POST api:session-record                                 403  403  403  403  405  405  405  403  403  403  403
GET  api:attendee-remove                                403  403  403  403  405  405  405  403  403  403  403
POST api:attendee-remove                                403  403  403  403  200  404  404  403  403  403  403
GET  api:attendee-right                                 403  403  403  403  405  405  405  403  403  403  403
POST api:attendee-right                                 403  403  403  403  405  405  405  403  403  403  403
GET  api:specialists-invitation                         403  403  403  403  200  404  404  403  403  403  403
POST api:specialists-invitation                         403  403  403  403  201  404  404  403  403  403  403
GET  api:specialists-waiting                            403  403  403  403  200  404  404  403  403  403  403
POST api:specialists-waiting                            403  403  403  403  405  405  405  403  403  403  403
GET  api:specialist-admit                               403  403  403  403  405  405  405  403  403  403  403
POST api:specialist-admit                               403  403  403  403  200  404  404  403  403  403  403
GET  api:specialist-turn-away                           403  403  403  403  405  405  405  403  403  403  403
POST api:specialist-turn-away                           403  403  403  403  200  404  404  403  403  403  403
GET  api:specialists-mail                               403  403  403  403  405  405  405  403  403  403  403
POST api:specialists-mail                               403  403  403  403  201  404  404  403  403  403  403
GET  invitations:specialist                             404  404  404  200  404  404  404  404  404  404  404
POST invitations:specialist                             405  405  405  405  405  405  405  405  405  405  405
GET  invitations:specialist-knock                       405  405  405  405  405  405  405  405  405  405  405
POST invitations:specialist-knock                       404  404  404  200  404  404  404  404  404  404  404
GET  invitations:specialist-leave                       405  405  405  405  405  405  405  405  405  405  405
POST invitations:specialist-leave                       404  404  404   go  404  404  404  404  404  404  404
GET  api:specialists-remove                             403  403  403  403  405  405  405  403  403  403  403
POST api:specialists-remove                             403  403  403  403  200  404  404  403  403  403  403
GET  api:session-create                                 403  403  403  403  200  200  200  403  403  403  403
POST api:session-create                                 403  403  403  403  201  201  201  403  403  403  403
GET  api:agents                                         403  403  403  403  200  404  404  403  403  403  403
POST api:agents                                         403  403  403  403  405  405  405  403  403  403  403
GET  api:agents-invite                                  403  403  403  403  405  405  405  403  403  403  403
POST api:agents-invite                                  403  403  403  403  200  404  404  403  403  403  403
GET  api:agents-mail                                    403  403  403  403  405  405  405  403  403  403  403
POST api:agents-mail                                    403  403  403  403  201  404  404  403  403  403  403
GET  api:agents-ask                                     403  403  403  403  405  405  405  403  403  403  403
POST api:agents-ask                                     403  403  403  403  409  404  404  403  403  403  403
GET  api:agent-request-accept                           403  403  403  403  405  405  405  403  403  403  403
POST api:agent-request-accept                           403  403  403  403  404  200  404  403  403  403  403
GET  api:agent-request-decline                          403  403  403  403  405  405  405  403  403  403  403
POST api:agent-request-decline                          403  403  403  403  404  200  404  403  403  403  403
GET  api:agent-request-withdraw                         403  403  403  403  405  405  405  403  403  403  403
POST api:agent-request-withdraw                         403  403  403  403  200  404  404  403  403  403  403
GET  api:join-session                                   403  403  403  403  405  405  405  403  403  403  403
POST api:join-session                                   403  403  403  403  200  200  200  403  403  403  403
GET  api:invitation-cancel                              403  403  403  403  405  405  405  403  403  403  403
POST api:invitation-cancel                              403  403  403  403  200  404  404  403  403  403  403
GET  api:delivery-retry                                 403  403  403  403  405  405  405  403  403  403  403
POST api:delivery-retry                                 403  403  403  403  200  404  404  403  403  403  403
GET  api:schema                                         403  403  403  403  200  200  200  403  403  403  403
POST api:schema                                         403  403  403  403  405  405  405  403  403  403  403
GET  invitations:join                                   200  200  200  200  200  200  200  200  200  200  200
POST invitations:join                                    go   go   go   go   go   go   go   go   go   go   go
GET  invitations:landing                                200  200  200  200  200  200  200  200  200  200  200
POST invitations:landing                                405  405  405  405  405  405  405  405  405  405  405
GET  invitations:preview                                405  405  405  405  405  405  405  405  405  405  405
POST invitations:preview                                200  200  200  200  200  200  200  200  200  200  200
GET  invitations:continue                               405  405  405  405  405  405  405  405  405  405  405
POST invitations:continue                                go   go   go   go   go   go   go   go   go   go   go
GET  invitations:join-as-agent                           in   in   in   in   go   go   go  403  403  403  403
POST invitations:join-as-agent                           in   in   in   in  405  405  405  405  405  405  405
GET  invitations:refuse                                 405  405  405  405  405  405  405  405  405  405  405
POST invitations:refuse                                 200  200  200  200  200  200  200  200  200  200  200
GET  invitations:portal                                 200  200  200  200  200  200  200  200  200  200  200
POST invitations:portal                                  go   go   go   go   go   go   go   go   go   go   go
GET  invitations:portal-colour                          200  200  200  200  200  200  200  200  200  200  200
POST invitations:portal-colour                          405  405  405  405  405  405  405  405  405  405  405
GET  sessions:console                                    in   in   in   in  200  200  200  403  403  403  403
POST sessions:console                                    in   in   in   in  405  405  405  405  405  405  405
GET  sessions:history                                    in   in   in   in  200  200  200  403  403  403  403
POST sessions:history                                    in   in   in   in  405  405  405  405  405  405  405
GET  sessions:record                                     in   in   in   in  200  404  404  403  403  403  403
POST sessions:record                                     in   in   in   in   go  404  404  403  403  403  403
GET  sessions:export-csv                                 in   in   in   in  200  200  200  403  403  403  403
POST sessions:export-csv                                 in   in   in   in  405  405  405  405  405  405  405
GET  sessions:export-json                                in   in   in   in  200  200  200  403  403  403  403
POST sessions:export-json                                in   in   in   in  405  405  405  405  405  405  405
GET  sessions:room                                      404   go  404  404  404  404  404  404  404  404  404
POST sessions:room                                      405  405  405  405  405  405  405  405  405  405  405
GET  sessions:ended                                     404   go  404  404  404  404  404  404  404  404  404
POST sessions:ended                                     405  405  405  405  405  405  405  405  405  405  405
GET  sessions:survey                                    405  405  405  405  405  405  405  405  405  405  405
POST sessions:survey                                    404  409  404  404  404  404  404  404  404  404  404
GET  sessions:accept                                    405  405  405  405  405  405  405  405  405  405  405
POST sessions:accept                                    404  200  404  404  404  404  404  404  404  404  404
GET  sessions:decline                                   405  405  405  405  405  405  405  405  405  405  405
POST sessions:decline                                   404  200  404  404  404  404  404  404  404  404  404
GET  sessions:leave                                     405  405  405  405  405  405  405  405  405  405  405
POST sessions:leave                                     404  200  404  404  404  404  404  404  404  404  404
GET  sessions:report                                    405  405  405  405  405  405  405  405  405  405  405
POST sessions:report                                    404  200  404  404  404  404  404  404  404  404  404
GET  lens:recording                                      in   in   in   in  200  404  404  200  404  404  200
POST lens:recording                                      in   in   in   in  405  405  405  405  405  405  405
GET  lens:recording-download                             in   in   in   in  403  404  404  403  404  404  403
POST lens:recording-download                             in   in   in   in  405  405  405  405  405  405  405
GET  lens:camera                                        404  200  404  404  404  404  404  404  404  404  404
POST lens:camera                                        405  405  405  405  405  405  405  405  405  405  405
"""
assert list(ROLES) == ["anonymous", "dora", "eve", "sam", "bob", "tom", "charlie", "alice", "carol", "nora", "olga"]


def answers() -> dict[tuple[str, str], dict[str, str]]:
    """`{(method, route): {role: answer}}`"""
    lines = [line.split() for line in ADDRESSES.strip().splitlines() if not line.startswith("#")]
    return {(method, route): dict(zip(ROLES, found, strict=True)) for method, route, *found in lines}


# ---- Messages ------------------------------------------------------------------------------------
#
# A message, sent in the active session with Dora, and what its sender hears of it; an error's code after a colon.
# Nobody else gets as far as that: their sockets are turned away.

MAY_OPEN = {"session": ("dora", "sam", "bob"), "console": ("bob", "tom", "charlie")}
MESSAGES = {
    "session.join": {"dora": "error:joined", "sam": "error:joined", "bob": "error:joined"},
    "chat.post": {"dora": "ack", "sam": "ack", "bob": "ack"},
    "chat.post to technicians": {"dora": "error:not_allowed", "sam": "error:not_allowed", "bob": "ack"},
    "signal.send": {"dora": "", "sam": "", "bob": ""},
    "signal.send to a stranger": {"dora": "", "sam": "", "bob": ""},  # dropped: the stranger may just have left
    "media.state": {"dora": "", "sam": "", "bob": ""},
    "recording.ask": {
        "dora": "error:not_allowed",
        "sam": "error:not_allowed",
        "bob": "error:not_allowed",
    },  # the company has not allowed it
    "recording.answer": {
        "dora": "error:recording_not_asked",
        "sam": "error:recording_not_asked",
        "bob": "error:recording_not_asked",
    },
    "recording.stop": {"dora": "error:nothing_recorded", "sam": "error:not_allowed", "bob": "error:nothing_recorded"},
    "presence.ping": {"dora": "presence.pong", "sam": "presence.pong", "bob": "presence.pong"},
}
CONSOLE_MESSAGES = {"presence.ping": {"bob": "presence.pong", "tom": "presence.pong", "charlie": "presence.pong"}}

# ---- Rows and jobs -------------------------------------------------------------------------------
#
# The way from each table to the company it belongs to; None for what belongs to the installation, with the reason.

COMPANY_PATHS = {
    "portals.Company": "",
    "portals.Terms": "company",
    "portals.TechnicianGroup": "company",
    "portals.Portal": "company",
    "portals.PortalQuestion": "portal__company",
    "portals.User": "company",
    "portals.AuditEvent": "company",
    "support_sessions.SupportSession": "company",
    "support_sessions.Participant": "support_session__company",
    "support_sessions.Survey": "support_session__company",
    "support_sessions.TimelineEntry": "support_session__company",
    "invitations.Invitation": "support_session__company",
    "invitations.Arrival": "invitation__support_session__company",
    "invitations.AgentRequest": "support_session__company",
    "invitations.Delivery": "invitation__support_session__company",
    "invitations.DeliveryEvent": "delivery__invitation__support_session__company",
    "invitations.GuessCounter": None,  # addresses of strangers, who belong to nobody yet
    "lens.Recording": "support_session__company",
    "lens.RecordingAnswer": "recording__support_session__company",
    "lens.RecordingFile": "recording__support_session__company",
    "lens.RelayPin": "support_session__company",
    "lens.MediaProcess": None,  # processes of this installation
    "account.EmailAddress": "user__company",
    "account.EmailConfirmation": "email_address__user__company",
    "admin.LogEntry": "user__company",
    "sessions.Session": None,  # Django's sign-ins, found by their secret key only
    "auth.Group": None,  # Django's own permissions, which nothing here asks
    "auth.Permission": None,
    "contenttypes.ContentType": None,
}
# A job takes ids of rows, never a company, and acts on what its action finds.
JOBS = {
    "invitations.tasks.send_delivery": "one delivery by its key, made by an action of its technician",
    "invitations.tasks.send_due_deliveries": "every company's due deliveries, each by itself",
    "invitations.tasks.end_overdue_sessions": "every company's overdue sessions, each by itself",
    "sessions.tasks.end_overdue": "every company's overdue sessions, each by itself",
    "sessions.tasks.withdraw_rights": "every company's sessions that lost a right, each by itself",
    "sessions.tasks.replace_lost_leads": "every company's sessions whose lead is gone, each by itself",
    "sessions.tasks.delete_old_transcripts": "each company's old transcripts, by that company's own setting",
    "lens.tasks.look_after_recordings": "every company's open recordings, each by itself",
    "lens.tasks.finish_ended_recordings": "every company's ended recordings, each by itself",
    "lens.tasks.finish_recording": "one recording by its id, ended by an action of its session",
    "lens.tasks.delete_old_recordings": "each company's old recordings, by that company's own setting",
    "invitations.tasks.forget_old_codes": "digests only, which say nothing of a company",
}
