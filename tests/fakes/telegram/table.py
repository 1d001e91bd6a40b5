"""List the parameters of the Bot API methods that we use (Bot API 10.3): the required ones, and the others."""

METHODS: dict[str, tuple[str, str]] = {
    "getMe": (
        "",
        "",
    ),
    "getUpdates": (
        "",
        "offset limit timeout allowed_updates",
    ),
    "setWebhook": (
        "url",
        "certificate ip_address max_connections allowed_updates drop_pending_updates secret_token",
    ),
    "deleteWebhook": (
        "",
        "drop_pending_updates",
    ),
    "getWebhookInfo": (
        "",
        "",
    ),
    "sendMessage": (
        "chat_id text",
        "business_connection_id message_thread_id direct_messages_topic_id ephemeral_message_parameters "
        "parse_mode entities link_preview_options disable_notification protect_content allow_paid_broadcast "
        "message_effect_id suggested_post_parameters reply_parameters reply_markup",
    ),
    "sendPhoto": (
        "chat_id photo",
        "business_connection_id message_thread_id direct_messages_topic_id ephemeral_message_parameters "
        "caption parse_mode caption_entities show_caption_above_media has_spoiler disable_notification "
        "protect_content allow_paid_broadcast message_effect_id suggested_post_parameters reply_parameters "
        "reply_markup",
    ),
    "sendDocument": (
        "chat_id document",
        "business_connection_id message_thread_id direct_messages_topic_id ephemeral_message_parameters "
        "thumbnail caption parse_mode caption_entities disable_content_type_detection disable_notification "
        "protect_content allow_paid_broadcast message_effect_id suggested_post_parameters reply_parameters "
        "reply_markup",
    ),
    "editMessageText": (
        "",
        "business_connection_id chat_id message_id inline_message_id text parse_mode entities "
        "link_preview_options rich_message reply_markup",
    ),
    "editMessageCaption": (
        "",
        "business_connection_id chat_id message_id inline_message_id caption parse_mode caption_entities "
        "show_caption_above_media reply_markup",
    ),
    "editMessageMedia": (
        "media",
        "business_connection_id chat_id message_id inline_message_id reply_markup",
    ),
    "editMessageReplyMarkup": (
        "",
        "business_connection_id chat_id message_id inline_message_id reply_markup",
    ),
    "deleteMessage": (
        "chat_id message_id",
        "",
    ),
    "answerCallbackQuery": (
        "callback_query_id",
        "text show_alert url cache_time",
    ),
    "getFile": (
        "file_id",
        "",
    ),
    "setMyCommands": (
        "commands",
        "scope language_code",
    ),
    "deleteMyCommands": (
        "",
        "scope language_code",
    ),
    "getMyCommands": (
        "",
        "scope language_code",
    ),
}
