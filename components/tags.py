"""Tags on everything a stack declares."""

from collections.abc import Mapping

import pulumi


def tag_every_resource(tags: Mapping[str, str]) -> None:
    """Give `tags` to every taggable resource declared from now on; a resource's own tags win.

    A stack transformation instead of the provider's default tags: those need a provider of the program's own, which
    would ignore the stack's `aws:` settings (region, profile, the laptop's endpoints).
    """

    def add_tags(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if "tags" not in args.props:
            return None
        own = pulumi.Output.from_input(args.props["tags"])
        all_tags = own.apply(lambda own: {**tags, **(own or {})})
        return pulumi.ResourceTransformationResult({**args.props, "tags": all_tags}, args.opts)

    pulumi.runtime.register_stack_transformation(add_tags)
