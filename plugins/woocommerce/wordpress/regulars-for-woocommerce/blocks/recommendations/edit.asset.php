<?php
/**
 * What the block's page in the editor stands on.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

return array(
	'dependencies' => array( 'wp-blocks', 'wp-block-editor', 'wp-components', 'wp-element', 'wp-i18n' ),
	'version'      => '1',
);
