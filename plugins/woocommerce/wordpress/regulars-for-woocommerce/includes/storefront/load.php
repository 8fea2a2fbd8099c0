<?php
/**
 * What shoppers see: recommendations, the script that tells what they did once they agreed, and the way back to a cart.
 *
 * Nothing here may break or slow a page: without an answer within the budget there is simply no shelf.
 * Start reading at render.php.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

require_once __DIR__ . '/options.php';
require_once __DIR__ . '/install.php';
require_once __DIR__ . '/visitor.php';
require_once __DIR__ . '/engine.php';
require_once __DIR__ . '/shelf.php';
require_once __DIR__ . '/render.php';
require_once __DIR__ . '/placements.php';
require_once __DIR__ . '/block.php';
require_once __DIR__ . '/scripts.php';
require_once __DIR__ . '/recovery.php';
require_once __DIR__ . '/restore.php';

add_action( 'init', 'regulars_register_block' );
add_action( 'init', 'regulars_install_storefront' );
add_action( 'action_scheduler_init', 'regulars_plan_cart_cleaning' );
add_action( 'regulars_clean_carts', 'regulars_clean_carts' );
add_action( 'regulars_fill_shelf', 'regulars_fill_shelf' );
add_action( 'wp_enqueue_scripts', 'regulars_enqueue' );
add_action( 'wp', 'regulars_place' );
add_action( 'template_redirect', 'regulars_follow_recovery_link', 1 );
add_action( 'woocommerce_add_to_cart', 'regulars_recovery_token', 5, 0 );
add_action( 'woocommerce_cart_emptied', 'regulars_forget_recovery' );
add_action( 'woocommerce_order_status_changed', 'regulars_end_links', 10, 4 );
add_filter( 'regulars_storefront_save', 'regulars_clean_storefront' );
