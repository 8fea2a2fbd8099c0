/**
 * The block in the editor: its two choices, and a quiet sketch of the shelf. Written without a build step, so that what
 * is shipped is what is read.
 */
( function ( wp ) {
	var el = wp.element.createElement;
	var __ = wp.i18n.__;
	var names = {
		auto: __( 'What suits the page', 'regulars-for-woocommerce' ),
		home: __( 'Picked for the shopper', 'regulars-for-woocommerce' ),
		product: __( 'Goes well with the product', 'regulars-for-woocommerce' ),
		cart: __( 'Goes well with the cart', 'regulars-for-woocommerce' ),
	};

	function edit( props ) {
		var choices = el(
			wp.blockEditor.InspectorControls,
			{},
			el(
				wp.components.PanelBody,
				{ title: __( 'Recommendations', 'regulars-for-woocommerce' ) },
				el( wp.components.SelectControl, {
					label: __( 'What to show', 'regulars-for-woocommerce' ),
					value: props.attributes.placement,
					options: Object.keys( names ).map( function ( name ) {
						return { value: name, label: names[ name ] };
					} ),
					onChange: function ( placement ) {
						props.setAttributes( { placement: placement } );
					},
					__next40pxDefaultSize: true,
					__nextHasNoMarginBottom: true,
				} ),
				el( wp.components.RangeControl, {
					label: __( 'How many items (0: as in the settings)', 'regulars-for-woocommerce' ),
					value: props.attributes.limit,
					min: 0,
					max: 12,
					onChange: function ( limit ) {
						props.setAttributes( { limit: limit || 0 } );
					},
					__next40pxDefaultSize: true,
					__nextHasNoMarginBottom: true,
				} )
			)
		);
		var sketch = el(
			wp.components.Placeholder,
			{
				icon: 'heart',
				label: __( 'Recommendations', 'regulars-for-woocommerce' ),
				instructions: names[ props.attributes.placement ],
			}
		);
		return el( 'div', wp.blockEditor.useBlockProps(), choices, sketch );
	}

	wp.blocks.registerBlockType( 'regulars/recommendations', {
		edit: edit,
		save: function () {
			return null;
		},
	} );
} )( window.wp );
