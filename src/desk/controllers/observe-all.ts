// The infos of many conversations, followed by one element.
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Conversation } from '../../sdk/app/model.ts';

/** Updates its host when the info of any of the conversations changes. Keeps its subscriptions when the list changes. */
export class ObserveAll implements ReactiveController {
  private readonly host: ReactiveControllerHost & { readonly isConnected: boolean };
  private readonly subscriptions = new Map<Conversation, { unsubscribe(): void }>();
  private conversations: readonly Conversation[] = [];

  constructor(host: ReactiveControllerHost & { readonly isConnected: boolean }) {
    this.host = host;
    host.addController(this);
  }

  set source(conversations: readonly Conversation[]) {
    if (conversations === this.conversations) return;
    this.conversations = conversations;
    if (this.host.isConnected) this.hostConnected();
  }

  hostConnected(): void {
    const gone = new Set(this.subscriptions.keys());
    for (const conversation of this.conversations) {
      if (!gone.delete(conversation))
        this.subscriptions.set(
          conversation,
          conversation.info$.subscribe(() => this.host.requestUpdate()),
        );
    }
    for (const conversation of gone) {
      this.subscriptions.get(conversation)?.unsubscribe();
      this.subscriptions.delete(conversation);
    }
  }

  hostDisconnected(): void {
    for (const subscription of this.subscriptions.values()) subscription.unsubscribe();
    this.subscriptions.clear();
  }
}
